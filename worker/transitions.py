"""Writing new versions of sessions: the session itself, a row of the audit, and an event in the outbox."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from asyncpg import Connection
from pydantic_core import to_json

from worker import sql
from worker.announcement import Announcement
from worker.core.session import Session
from worker.core.transition import Transition
from worker.errors import SessionRaced


async def write(
    connection: Connection,
    transitions: Sequence[Transition],
    announcements: Sequence[Announcement],
    lease_seconds: float,
) -> None:
    """Write each session's last version, and audit, outbox and turns of all, in the caller's transaction.

    All were decided at one time, a session's in order; `announcements` are theirs, one each, in order. Nobody but the
    caller may publish them before the lease ends; with 0 a worker's sweeper does. Raises SessionRaced when a session
    to open is open by now.
    """
    opened = {transition.session.id for transition in transitions if transition.created}
    last = {transition.session.id: number for number, transition in enumerate(transitions)}
    if known := [_known(transitions[last[session_id]].session) for session_id in last.keys() - opened]:
        await connection.execute(sql.update_sessions, *columns(known), transitions[0].decided_at)
    opening = {last[session_id] for session_id in opened}
    if await _write(connection, transitions, announcements, opening, lease_seconds) != len(opened):
        raise SessionRaced


async def record(
    connection: Connection, transitions: Sequence[Transition], announcements: Sequence[Announcement]
) -> None:
    """Write audit and outbox alone, for a worker's sweeper to publish; the sessions are the caller's to write."""
    await _write(connection, transitions, announcements, opening=(), lease_seconds=0)


async def _write(
    connection: Connection,
    transitions: Sequence[Transition],
    announcements: Sequence[Announcement],
    opening: Collection[int],
    lease_seconds: float,
) -> int:
    values = [
        _row(transition, announcement, opens=number in opening)
        for number, (transition, announcement) in enumerate(zip(transitions, announcements, strict=True))
    ]
    decided_at = transitions[0].decided_at
    [[opened]] = await connection.fetch(sql.write_transitions, values, decided_at, lease_seconds)
    return int(opened)


def columns(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows turned into one array a column, as `unnest` takes them."""
    return list(zip(*rows, strict=True))


def as_json(value: Any) -> str | None:
    """JSON as text, cast in the statement: of a jsonb[] the client takes lists among the elements for dimensions."""
    return None if value is None else to_json(value).decode()


def _known(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.contact_name,
        session.channel,
        session.priority,
        as_json(session.context),
        session.team_id,
        session.agent_id,
        session.assigned_at,
        session.accepted_at,
    )


def _row(transition: Transition, announcement: Announcement, *, opens: bool) -> tuple[Any, ...]:
    """A handover.transition: the attributes of migration 0006, in their order."""
    session = transition.session
    return (
        session.id,
        session.version,
        session.tenant_id,
        session.contact_id,
        session.contact_name,
        session.channel,
        session.priority,
        session.context,
        session.team_id,
        session.agent_id,
        opens,
        transition.handover_id,
        transition.what,
        transition.reason,
        transition.previous_agent_id,
        transition.pool_id,
        transition.turn,
        transition.considered,
        dict(transition.passed_over),
        transition.skills,
        transition.asked_at,
        transition.actor,
        transition.requested_team_id,
        transition.team_fallback,
        announcement.id,
        announcement.routing_key,
        announcement.body,
        announcement.traceparent,
    )
