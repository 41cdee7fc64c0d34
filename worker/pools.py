"""Reading who could take a session: teams, and the agents of pools."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
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
    rows = await connection.fetch(sql.read_teams, list(tenants))
    return teams_of(tenants, (row["team"] for row in rows), complain=complain)


def teams_of(
    tenants: Collection[TenantId],
    rows: Iterable[tuple[Any, ...]],
    *,
    complain: Callable[[UUID, BadSchedule], None] = _warn,
) -> dict[TenantId, dict[UUID, Team]]:
    """Each tenant's teams, of the values that read_teams.sql makes of them; `complain` as above."""
    teams: dict[TenantId, dict[UUID, Team]] = {tenant_id: {} for tenant_id in tenants}
    for tenant_id, team_id, active, is_default, manual, schedule, accept_seconds in rows:
        teams[tenant_id][team_id] = Team(
            id=team_id,
            active=active,
            is_default=is_default,
            manual=manual,
            schedule=_schedule(team_id, schedule, complain),
            accept_seconds=accept_seconds,
        )
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


def _schedule(
    team_id: UUID, schedule: str | None, complain: Callable[[UUID, BadSchedule], None]
) -> Schedule | None:
    if schedule is None:
        return None
    try:
        return parse(schedule)
    except BadSchedule as error:
        # It came by SQL, past the check. Nobody waits for a team that would never open.
        complain(team_id, error)
        return None
