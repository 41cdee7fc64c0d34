"""Reading who could take a session: teams, and the agents of pools."""

from collections.abc import Collection, Mapping
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.core.roster import Agent, Team

TenantId = str


async def read_teams(
    connection: Connection, tenants: Collection[TenantId]
) -> dict[TenantId, dict[UUID, Team]]:
    """Each tenant's teams."""
    teams: dict[TenantId, dict[UUID, Team]] = {tenant_id: {} for tenant_id in tenants}
    for row in await connection.fetch(sql.read_teams, list(tenants)):
        teams[row["tenant_id"]][row["id"]] = Team(row["id"], row["active"], row["is_default"])
    return teams


async def read_pools(
    connection: Connection, pool_ids: Mapping[TenantId, set[UUID]]
) -> dict[tuple[TenantId, UUID], list[Record]]:
    """The agents of each pool, see `agent`, with their `open_sessions`."""
    wanted = [(tenant_id, pool_id) for tenant_id, ids in pool_ids.items() for pool_id in ids]
    pools: dict[tuple[TenantId, UUID], list[Record]] = {pool: [] for pool in wanted}
    for row in await connection.fetch(sql.read_pools, *zip(*wanted, strict=True)):
        pools[row["tenant_id"], row["pool_id"]].append(row)
    return pools


def agent(row: Record) -> Agent:
    """The agent of a row of a pool."""
    return Agent(
        id=row["id"],
        name=row["name"],
        active=row["active"],
        status=row["status"],
        max_sessions=row["max_sessions"],
        skills=frozenset(row["skills"]),
        last_turn=row["last_turn"],
    )
