"""Reading who could take a session: teams, and the agents of pools."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core.hours import BadSchedule, Schedule, parse
from worker.core.roster import Agent, Team

TenantId = str


class Member(NamedTuple):
    """An agent of a pool; `open_sessions` is 0 for one without a limit."""

    agent: Agent
    open_sessions: int


Pools = Mapping[TenantId, Mapping[UUID, Sequence[Member]]]


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


async def read_pools(connection: Connection, pool_ids: Mapping[TenantId, set[UUID]]) -> Pools:
    """The agents of each pool."""
    wanted = [(tenant_id, pool_id) for tenant_id, ids in pool_ids.items() for pool_id in ids]
    rows = await connection.fetch(sql.read_pools, *zip(*wanted, strict=True))
    return pools_of(pool_ids, rows)


def pools_of(tenants: Collection[TenantId], rows: Iterable[Iterable[Any]]) -> Pools:
    """Each tenant's pools, of the rows of agents_of_pools.sql."""
    pools: dict[TenantId, dict[UUID, list[Member]]] = {tenant_id: {} for tenant_id in tenants}
    for (
        tenant_id,
        pool_id,
        open_sessions,
        agent_id,
        name,
        active,
        status,
        most,
        skills,
        turn,
        seen_at,
    ) in rows:
        members = pools[tenant_id].setdefault(pool_id, [])
        if agent_id is not None:
            agent = Agent(agent_id, name, active, status, most, frozenset(skills), turn, seen_at)
            members.append(Member(agent, open_sessions))
    return pools


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
