"""Sessions that were not accepted in time go to the next agent; after a full round they wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.announcement import Announcement
from worker.core.session import Session
from worker.desks import Routing, lock_tenant
from worker.moving import conclude, desk_for
from worker.pools import TenantId


async def pass_on(
    connection: Connection, tenant_id: TenantId, overdue: Mapping[UUID, datetime], *, routing: Routing
) -> Sequence[Announcement]:
    """Pass on sessions whose time to accept is over, in one transaction; the events to announce.

    `overdue` is when each was assigned: one that was accepted, resolved or moved meanwhile is left alone.
    Raises what PostgreSQL raises; nothing is changed then.
    """
    async with connection.transaction():
        locked = await lock_tenant(connection, tenant_id, turns=len(overdue))
        sessions = [
            session
            for row in await connection.fetch(sql.lock_sessions, list(overdue))
            if (session := Session(**row)).accepted_at is None and session.assigned_at == overdue[session.id]
        ]
        if not sessions:
            return ()
        desk = await desk_for(connection, tenant_id, locked, sessions, routing)
        rounds = await connection.fetch(sql.read_rounds, [session.id for session in sessions])
        had_it = {row["session_id"]: set(row["had_it"]) for row in rounds}
        decisions = [desk.pass_on(session, had_it.get(session.id, set())) for session in sessions]
        return await conclude(connection, decisions, routing)
