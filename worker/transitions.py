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
    """Write audit and outbox in the caller's transaction; the sessions themselves are the caller's to write.

    Nobody but the caller may publish the events before the lease ends; with 0 a worker's sweeper does.
    """
    await connection.execute(sql.record_assignments, *columns(map(_assignment, transitions)))
    await connection.execute(sql.enqueue_events, *columns(map(_outbox, announcements)), lease_seconds)


def columns(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows turned into one array a column, as `unnest` takes them."""
    return list(zip(*rows, strict=True))


def as_json(value: Any) -> str | None:
    """JSON as text, cast in the statement: of a jsonb[] the client takes lists among the elements for dimensions."""
    return None if value is None else to_json(value).decode()


def _assignment(transition: Transition) -> tuple[Any, ...]:
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
        as_json(transition.passed_over),
        as_json(transition.skills),
        transition.asked_at,
        transition.decided_at,
        transition.actor,
        transition.requested_team_id,
        transition.team_fallback,
    )


def _outbox(announcement: Announcement) -> tuple[Any, ...]:
    return (
        announcement.id,
        announcement.session_id,
        announcement.version,
        announcement.type,
        announcement.routing_key,
        announcement.correlation_id,
        announcement.body,
        announcement.time,
    )
