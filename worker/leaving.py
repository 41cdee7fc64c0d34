"""What becomes of the sessions of an agent who went offline or left the roster, once the grace is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.announcement import Announcement
from worker.core.session import Session
from worker.desks import Routing, lock_tenant
from worker.moving import conclude, desk_for
from worker.pools import TenantId


@dataclass(frozen=True, slots=True)
class Departure:
    """An agent whose grace is over, and the sessions that policy takes from them."""

    tenant_id: TenantId
    agent_id: UUID
    left_at: datetime
    session_ids: Sequence[UUID]
    accepted_at: Sequence[datetime | None]


async def release(
    connection: Connection, departure: Departure, *, routing: Routing
) -> Sequence[Announcement]:
    """Release the sessions and assign them anew, in one transaction; the events to announce, two a session.

    An agent who came back meanwhile keeps what they have; a session that somebody holds or has just accepted is
    looked at again by the next sweep. Raises what PostgreSQL raises; nothing is changed then.
    """
    tenant_id, agent_id = departure.tenant_id, departure.agent_id
    async with connection.transaction():
        locked = await lock_tenant(connection, tenant_id, turns=len(departure.session_ids))
        if not await connection.fetch(sql.lock_departures, tenant_id, [agent_id], [departure.left_at]):
            return ()
        rows = await connection.fetch(sql.lock_sessions, departure.session_ids)
        accepted = dict(zip(departure.session_ids, departure.accepted_at, strict=True))
        sessions = [
            session
            for row in rows
            if (session := Session(**row)).agent_id == agent_id
            and session.accepted_at == accepted[session.id]
        ]
        if len(sessions) == len(departure.session_ids):
            await connection.execute(sql.close_departures, tenant_id, [agent_id])
        if not sessions:
            return ()
        desk = await desk_for(connection, tenant_id, locked, sessions, routing)
        transitions = chain.from_iterable(desk.release(session) for session in sessions)
        return await conclude(connection, list(transitions), routing)
