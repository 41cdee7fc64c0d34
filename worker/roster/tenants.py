"""Tenants, and the policy for those of their teams that have none of their own."""

from asyncpg import Connection

from worker import sql
from worker.roster import PolicyChange, Tenant


async def every(connection: Connection) -> list[Tenant]:
    """All tenants, by id."""
    return [Tenant(**row) for row in await connection.fetch(sql.list_tenants)]


async def change(connection: Connection, tenant_id: str, to: PolicyChange) -> Tenant:
    """Change a tenant's policy; one that nobody knows yet is known from now on."""
    [row] = await connection.fetch(sql.change_tenant, tenant_id, *to.values())
    return Tenant(**row)
