"""Opening the desks of tenants in a transaction: their locks, and everything a decision needs to see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core.assignment import Desk, Reassign
from worker.core.roster import Team
from worker.core.rotation import Rotation
from worker.core.session import Session
from worker.pools import Pools, TenantId

ContactId = str


@dataclass(frozen=True, slots=True)
class Locked:
    """One tenant, its row locked: the turns given out before this transaction, and the time."""

    turn: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Routing:
    """How sessions are given out.

    `heartbeat`: an agent unseen for so long is not eligible; None where nobody sends heartbeats. `lease_seconds`:
    how long a written event is its writer's to publish.
    """

    reassign: Reassign = "rotate"
    heartbeat: timedelta | None = None
    lease_seconds: float = 10


async def lock_tenant(connection: Connection, tenant_id: TenantId, *, turns: int = 0) -> Locked:
    """Lock the tenant until commit, as every assignment does, and set aside so many turns for it."""
    [row] = await connection.fetch(sql.lock_tenant, tenant_id, turns)
    return Locked(row["turn"] - turns, row["locked_at"])


def open_desks(
    tenants: Mapping[TenantId, Locked],
    teams: Mapping[TenantId, Mapping[UUID, Team]],
    pools: Pools,
    *,
    sessions: Mapping[TenantId, Mapping[ContactId, Session]],
    routing: Routing,
) -> dict[TenantId, Desk]:
    """A desk for each tenant; the tenants are locked, the sessions too."""
    return {
        tenant_id: Desk(
            teams=teams[tenant_id],
            sessions=sessions.get(tenant_id, {}),
            pools={
                pool_id: Rotation(member.agent for member in members)
                for pool_id, members in pools[tenant_id].items()
            },
            open_sessions={
                member.agent.id: member.open_sessions
                for members in pools[tenant_id].values()
                for member in members
                if member.open_sessions
            },
            turn=locked.turn,
            now=locked.now,
            reassign=routing.reassign,
            heartbeat=routing.heartbeat,
        )
        for tenant_id, locked in tenants.items()
    }
