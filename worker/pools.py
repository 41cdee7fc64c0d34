"""Reading who could take a session: teams, and the agents of pools."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.core.hours import BadSchedule, Schedule, parse
from worker.core.roster import Agent, Team

TenantId = str


def _warn(team_id: UUID, error: BadSchedule) -> None:
    import structlog  # noqa: PLC0415 - commands read pools too, and a logger would take them longer than reading does

    structlog.get_logger().warning("bad_schedule", team_id=str(team_id), error=str(error))


async def read_teams(
    connection: Connection,
    tenants: Collection[TenantId],
    *,
    complain: Callable[[UUID, BadSchedule], None] = _warn,
) -> dict[TenantId, dict[UUID, Team]]:
    """Each tenant's teams; `complain` is told of a schedule that cannot be read, which counts as none."""
    teams: dict[TenantId, dict[UUID, Team]] = {tenant_id: {} for tenant_id in tenants}
    for row in await connection.fetch(sql.read_teams, list(tenants)):
        teams[row["tenant_id"]][row["id"]] = _team(row, complain)
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


def _team(row: Record, complain: Callable[[UUID, BadSchedule], None]) -> Team:
    return Team(
        id=row["id"],
        active=row["active"],
        is_default=row["is_default"],
        manual=row["manual"],
        schedule=_schedule(row, complain),
        accept_seconds=row["accept_seconds"],
    )


def _schedule(row: Record, complain: Callable[[UUID, BadSchedule], None]) -> Schedule | None:
    if row["schedule"] is None:
        return None
    try:
        return parse(row["schedule"])
    except BadSchedule as error:
        # It came by SQL, past the check. Nobody waits for a team that would never open.
        complain(row["id"], error)
        return None
