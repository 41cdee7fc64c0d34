"""A contact's sessions deleted by an operator, with their messages and what else goes with them.

Locks are taken as by the worker: tenants, then sessions (see worker.handover).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg import Connection

from worker import sql
from worker.announcement import announcement
from worker.core.operation import Act, delete
from worker.core.session import Session
from worker.core.transition import Transition
from worker.desks import lock_tenant
from worker.sessions import NoSuchSession, NotAllowed, Whose
from worker.sessions.references import Reach, Reference, reach
from worker.transitions import record


@dataclass(frozen=True, slots=True)
class Deletion:
    """What to delete: of the contact's sessions all, or one; `cascade` also what forbids it."""

    whose: Whose
    session_id: UUID | None
    cascade: bool
    actor: str


@dataclass(frozen=True, slots=True)
class Doomed:
    """The sessions that go, and what refers to them."""

    transitions: Sequence[Transition]
    references: Sequence[Reference]


async def foresee(connection: Connection, deletion: Deletion) -> Doomed:
    """What would be deleted now; nothing is, and no lock is kept.

    Raises NoSuchSession, and NotAllowed when no order of deletion is right or a right is missing.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        doomed, _ = await _decide(connection, deletion)
    finally:
        await transaction.rollback()
    return doomed


async def carry_out(connection: Connection, deletion: Deletion, seen: Doomed) -> Doomed:
    """Delete it, if no session and no kind of row is among it that was not seen.

    Raises what `foresee` raises, and NotAllowed when a foreign key forbids it or something was not seen.
    """
    async with connection.transaction():
        doomed, reached = await _decide(connection, deletion)
        if not _kinds(doomed) <= _kinds(seen):
            raise NotAllowed("there is more to delete by now, nothing was done: look again")
        require_leave(doomed.references)
        await _remove(connection, doomed, reached)
        announcements = [announcement(transition) for transition in doomed.transitions]
        await record(connection, doomed.transitions, announcements)
        return doomed


def require_leave(references: Sequence[Reference]) -> None:
    """Raise NotAllowed, naming tables and constraints, when a foreign key forbids the deletion."""
    if forbidding := [each for each in references if each.forbids]:
        rows = " and ".join(
            f"{each.rows} rows of {each.table} (constraint {each.constraint}, on delete {each.rule})"
            for each in forbidding
        )
        raise NotAllowed(f"nothing was deleted: {rows} refer to what would be; --cascade deletes those too")


async def _decide(connection: Connection, deletion: Deletion) -> tuple[Doomed, Reach]:
    locked = await lock_tenant(connection, deletion.whose.tenant_id)
    sessions = await _lock_sessions(connection, deletion)
    try:
        reached = await reach(connection, [session.id for session in sessions], cascade=deletion.cascade)
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotAllowed(f"nothing was deleted: {error}, which refers to sessions") from error
    transitions = [delete(session, Act(deletion.actor, locked.now)) for session in sessions]
    return Doomed(transitions, reached.references), reached


async def _lock_sessions(connection: Connection, deletion: Deletion) -> list[Session]:
    whose = deletion.whose
    rows = await connection.fetch(
        sql.lock_all_sessions, whose.tenant_id, whose.contact_ids, deletion.session_id
    )
    for contact_id in whose.contact_ids:
        if sessions := [Session(**row) for row in rows if row["contact_id"] == contact_id]:
            return sessions
    which = f"session {deletion.session_id}" if deletion.session_id else "session"
    raise NoSuchSession(f"{whose} has no {which}: see `handover sessions list`")


async def _remove(connection: Connection, doomed: Doomed, reached: Reach) -> None:
    try:
        for statement, places in reached.removals:
            await connection.execute(statement, *zip(*places, strict=True))
        await connection.execute(sql.delete_sessions, [each.session.id for each in doomed.transitions])
    except (asyncpg.ForeignKeyViolationError, asyncpg.InsufficientPrivilegeError) as error:
        raise NotAllowed(f"nothing was deleted: {error}") from error


def _kinds(doomed: Doomed) -> set[object]:
    """What must not be deleted unseen: of sessions each, of other rows that there are any."""
    return {transition.session.id for transition in doomed.transitions} | {
        (reference.table, reference.constraint) for reference in doomed.references
    }
