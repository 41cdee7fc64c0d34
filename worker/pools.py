"""Reading who could take a session: teams, and the agents of pools."""

from collections.abc import Collection, Mapping
from uuid import UUID

import structlog
from asyncpg import Connection, Record

from worker import sql
from worker.core.hours import BadSchedule, Schedule, parse
from worker.core.roster import Agent, Team

log = structlog.get_logger()

TenantId = str


async def read_teams(
    connection: Connection, tenants: Collection[TenantId]
) -> dict[TenantId, dict[UUID, Team]]:
    """Each tenant's teams."""
    teams: dict[TenantId, dict[UUID, Team]] = {tenant_id: {} for tenant_id in tenants}
    for row in await connection.fetch(sql.read_teams, list(tenants)):
        teams[row["tenant_id"]][row["id"]] = _team(row)
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
        seen_at=row["seen_at"],
    )


def _team(row: Record) -> Team:
    return Team(
        id=row["id"],
        active=row["active"],
        is_default=row["is_default"],
        manual=row["manual"],
        schedule=_schedule(row),
        accept_seconds=row["accept_seconds"],
    )


def _schedule(row: Record) -> Schedule | None:
    if row["schedule"] is None:
        return None
    try:
        return parse(row["schedule"])
    except BadSchedule as error:
        # It came by SQL, past the check. Nobody waits for a team that would never open.
        log.warning("bad_schedule", team_id=str(row["id"]), error=str(error))
        return None
