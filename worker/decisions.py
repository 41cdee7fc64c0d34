"""Writing sessions: one statement for those that are new or known, assigned or waiting, however large the batch."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection

from worker import sql
from worker.core.session import Session
from worker.core.transition import Transition
from worker.errors import SessionRaced
from worker.transitions import as_json, columns


async def write_sessions(connection: Connection, transitions: Sequence[Transition]) -> None:
    """Write each session's last version in the caller's transaction; all were decided at one time.

    Raises SessionRaced when a session to create exists by now.
    """
    now = transitions[0].decided_at
    last = {transition.session.id: transition.session for transition in transitions}
    created = {transition.session.id for transition in transitions if transition.created}
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


def _new_assigned(session: Session) -> tuple[Any, ...]:
    return (*_new_waiting(session), session.agent_id)


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
    return (*_old_waiting(session), session.agent_id, session.assigned_at, session.accepted_at)


def _old_waiting(session: Session) -> tuple[Any, ...]:
    return (
        session.id,
        session.contact_name,
        session.channel,
        session.priority,
        as_json(session.context),
        session.team_id,
    )
