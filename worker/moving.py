"""One tenant's desk for sessions that no handover is about to touch."""

from collections.abc import Sequence

from asyncpg import Connection

from worker.announcement import Announcement, announcement
from worker.core.assignment import Desk
from worker.core.roster import choose_route
from worker.core.session import Session
from worker.core.transition import Transition
from worker.desks import Locked, Routing, open_desks
from worker.pools import TenantId, read_pools, read_teams
from worker.transitions import write


async def desk_for(
    connection: Connection, tenant_id: TenantId, locked: Locked, sessions: Sequence[Session], routing: Routing
) -> Desk:
    """The tenant's desk, with the pools of these sessions; tenant and sessions are locked."""
    teams = (await read_teams(connection, [tenant_id]))[tenant_id]
    pool_ids = {choose_route(None, session.team_id, teams).pool_id for session in sessions}
    pools = await read_pools(connection, {tenant_id: pool_ids})
    desks = open_desks({tenant_id: locked}, {tenant_id: teams}, pools, sessions={}, routing=routing)
    return desks[tenant_id]


async def conclude(
    connection: Connection, transitions: Sequence[Transition], routing: Routing
) -> Sequence[Announcement]:
    """Write the transitions, a session's in order, in the caller's transaction; the events to announce."""
    announcements = list(map(announcement, transitions))
    await write(connection, transitions, announcements, routing.lease_seconds)
    return announcements
