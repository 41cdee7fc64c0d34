"""A pass over those who wait, by hand: what a running worker does by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from asyncpg import Connection

from worker import sql
from worker.desks import Routing
from worker.draining import drain
from worker.pools import TenantId


@dataclass(frozen=True, slots=True)
class Drained:
    """How many of a tenant's waiting sessions got an agent."""

    tenant_id: TenantId
    assigned: int


async def drain_all(
    connection: Connection, tenant_id: TenantId | None, *, heartbeat: timedelta | None, max_age: timedelta
) -> Sequence[Drained]:
    """Serve one tenant, or each that has somebody waiting and somebody online with room.

    The events wait in the outbox for a worker's sweeper. Raises what PostgreSQL raises; tenants served until then
    stay served.
    """
    found = await connection.fetch(sql.find_drainable_tenants, max_age)
    tenants = [tenant_id] if tenant_id else sorted(row["tenant_id"] for row in found)
    routing = Routing(heartbeat=heartbeat, lease_seconds=0)
    return [
        Drained(each, len(await drain(connection, each, routing=routing, max_age=max_age)))
        for each in tenants
    ]
