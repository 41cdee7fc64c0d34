"""Recording new versions of sessions: a row of the audit and an event in the outbox for each."""

from collections.abc import Iterable, Sequence
from typing import Any

from asyncpg import Connection
from pydantic_core import to_json

from worker import sql
from worker.announcement import Announcement
from worker.core.transition import Transition


async def record(
    connection: Connection,
    transitions: Sequence[Transition],
    announcements: Sequence[Announcement],
    lease_seconds: float,
) -> None:
    """Write audit, outbox and turns in the caller's transaction; the sessions themselves are the caller's to write.

    All were decided at one time; `announcements` are theirs, one each, in order. Nobody but the caller may publish
    them before the lease ends; with 0 a worker's sweeper does.
    """
    rows = map(_row, transitions, announcements)
    decided_at = transitions[0].decided_at
    await connection.execute(sql.record_transitions, *columns(rows), decided_at, lease_seconds)


def columns(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows turned into one array a column, as `unnest` takes them."""
    return list(zip(*rows, strict=True))


def as_json(value: Any) -> str | None:
    """JSON as text, cast in the statement: of a jsonb[] the client takes lists among the elements for dimensions."""
    return None if value is None else to_json(value).decode()


def _row(transition: Transition, announcement: Announcement) -> tuple[Any, ...]:
    session = transition.session
    return (
        session.id,
        session.version,
        session.tenant_id,
        session.contact_id,
        transition.handover_id,
        transition.what,
        transition.reason,
        session.agent_id,
        transition.previous_agent_id,
        transition.pool_id,
        transition.turn,
        transition.considered,
        as_json(transition.passed_over) if transition.passed_over else "{}",
        as_json(transition.skills) if transition.skills else None,
        transition.asked_at,
        transition.actor,
        transition.requested_team_id,
        transition.team_fallback,
        announcement.id,
        announcement.routing_key,
        announcement.body,
        announcement.traceparent,
    )
