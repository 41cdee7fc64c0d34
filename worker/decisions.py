"""Writing what was decided: one statement a table, however large the batch."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection

from worker import sql
from worker.announcement import Announcement
from worker.core.decision import Decision
from worker.core.session import Session
from worker.core.transition import Transition
from worker.errors import SessionRaced
from worker.transitions import as_json, columns, record


async def write(
    connection: Connection,
    decisions: Sequence[Decision],
    announcements: Sequence[Announcement],
    lease_seconds: float,
    *,
    before: Sequence[Transition] = (),
) -> None:
    """Write sessions, turns, audit and outbox in the caller's transaction.

    `before` are versions of the same sessions that the decisions have already left behind.
    Raises SessionRaced when a session to create exists by now.
    """
    await _write_sessions(connection, decisions)
    await _write_turns(connection, decisions)
    transitions = [*before, *(decision.transition for decision in decisions)]
    await record(connection, transitions, announcements, lease_seconds)


async def _write_sessions(connection: Connection, decisions: Sequence[Decision]) -> None:
    now = max(decision.decided_at for decision in decisions)
    last = {decision.session.id: decision.session for decision in decisions}
    created = {decision.session.id for decision in decisions if decision.created}
    new = [session for session in last.values() if session.id in created]
    old = [session for session in last.values() if session.id not in created]
    inserted = 0
    if rows := [_new_assigned(session) for session in new if session.agent_id]:
        inserted += len(await connection.fetch(sql.insert_assigned_sessions, *columns(rows), now))
    if rows := [_new_waiting(session) for session in new if not session.agent_id]:
        inserted += len(await connection.fetch(sql.insert_waiting_sessions, *columns(rows), now))
    if inserted != len(new):
        raise SessionRaced
    if rows := [_old_assigned(session) for session in old if session.agent_id]:
        await connection.execute(sql.update_assigned_sessions, *columns(rows), now)
    if rows := [_old_waiting(session) for session in old if not session.agent_id]:
        await connection.execute(sql.update_waiting_sessions, *columns(rows), now)


async def _write_turns(connection: Connection, decisions: Sequence[Decision]) -> None:
    last = {
        (decision.session.tenant_id, decision.route.pool_id, decision.session.agent_id): decision.turn
        for decision in decisions
        if decision.turn is not None
    }
    if last:
        await connection.execute(sql.record_turns, *columns((*pool, turn) for pool, turn in last.items()))


def _new_assigned(session: Session) -> tuple[Any, ...]:
    return (*_new_waiting(session)[:-1], session.agent_id, session.team_id, session.assigned_at)


def _new_waiting(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.tenant_id,
        session.contact_id,
        session.contact_name,
        session.channel,
        session.priority,
        as_json(session.context),
        session.team_id,
    )


def _old_assigned(session: Session) -> tuple[Any, ...]:
    return (
        *_old_waiting(session)[:-1],
        session.agent_id,
        session.team_id,
        session.assigned_at,
        session.accepted_at,
    )


def _old_waiting(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.contact_name,
        session.channel,
        session.priority,
        as_json(session.context),
        session.team_id,
    )
