"""One contact's open session changed by an operator: shown first, then done in one transaction.

Locks are taken as by the worker: tenants, then sessions (see worker.handover).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.announcement import announcement
from worker.core import operation as decide
from worker.core.eligibility import Wanted
from worker.core.operation import Act, Unfit
from worker.core.roster import EVERYONE
from worker.core.session import Session
from worker.core.transition import Transition
from worker.desks import lock_tenant
from worker.pools import Member, read_pools
from worker.roster import NotOnRoster
from worker.sessions import NoSuchSession, NotAllowed, Operation, Reassign, Release, Resolve, Whose
from worker.transitions import record


@dataclass(frozen=True, slots=True)
class Outlook:
    """The contact's open session, and what is to become of it; no transition where it is so already."""

    session: Session
    transition: Transition | None


async def foresee(connection: Connection, whose: Whose, operation: Operation, actor: str) -> Outlook:
    """What the operation would change now; nothing is, and no lock is kept.

    Raises NoSuchSession without an open session, NotOnRoster for the agent, or NotAllowed for one who is unfit.
    """
    return await _decide(connection, whose, operation, actor, datetime.now(UTC))


async def carry_out(
    connection: Connection, whose: Whose, operation: Operation, actor: str, seen: Session
) -> Outlook:
    """Do it, if the session is still the one that was seen; what became of it.

    Raises what `foresee` raises, and NotAllowed when the session has changed since.
    """
    async with connection.transaction():
        locked = await lock_tenant(connection, whose.tenant_id)
        found = await _decide(connection, whose, operation, actor, locked.now)
        if _as_seen(found.session) != _as_seen(seen):
            raise NotAllowed(f"session {seen.id} has changed meanwhile, nothing was done: look again")
        if found.transition:
            await _write(connection, operation, found.transition)
        return found


async def _decide(
    connection: Connection, whose: Whose, operation: Operation, actor: str, now: datetime
) -> Outlook:
    session = await _open_session(connection, whose)
    act = Act(actor, now)
    match operation:
        case Release():
            return Outlook(session, decide.release(session, act))
        case Resolve():
            return Outlook(session, decide.resolve(session, act))
        case Reassign(agent_id, force, heartbeat):
            chosen, open_sessions = await _agent(connection, whose.tenant_id, agent_id)
            seen_since = now - heartbeat if heartbeat else None
            wanted = Wanted(frozenset(), {chosen.id: open_sessions}, seen_since=seen_since)
            try:
                taken = decide.reassign(session, chosen, wanted, act, force=force)
            except Unfit as error:
                raise NotAllowed(f"nothing was done: {error}") from error
            return Outlook(session, taken)
        case _:
            assert_never(operation)


def _as_seen(session: Session) -> tuple[object, ...]:
    return session.id, session.version, session.agent_id, session.adrift


async def _open_session(connection: Connection, whose: Whose) -> Session:
    tenants = [whose.tenant_id] * len(whose.contact_ids)
    rows = await connection.fetch(sql.find_sessions, tenants, whose.contact_ids)
    sessions = [Session._make(row["session"]) for row in rows]
    if not sessions:
        raise NoSuchSession(f"{whose} has no open session: see `handover sessions explain`")
    return min(sessions, key=lambda session: whose.contact_ids.index(session.contact_id))


async def _agent(connection: Connection, tenant_id: str, agent_id: UUID) -> Member:
    pools = await read_pools(connection, {tenant_id: {EVERYONE}})
    for member in pools[tenant_id][EVERYONE]:
        if member.agent.id == agent_id:
            return member
    raise NotOnRoster(f"tenant {tenant_id!r} has no agent {agent_id}: see `handover agents list`")


async def _write(connection: Connection, operation: Operation, transition: Transition) -> None:
    session, now = transition.session, transition.decided_at
    match operation:
        case Release():
            await connection.execute(sql.release_session, session.id, now)
        case Resolve():
            await connection.execute(sql.resolve_session, session.id, now)
        case Reassign():
            await connection.execute(sql.reassign_session, session.id, session.agent_id, now)
        case _:
            assert_never(operation)
    await record(connection, [transition], [announcement(transition)])
