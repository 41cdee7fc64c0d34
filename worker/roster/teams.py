"""Teams of the roster."""

from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core import hours
from worker.roster import NotOnRoster, Taken, Team, TeamChange


async def every(connection: Connection, tenant_id: str | None = None) -> list[Team]:
    """All teams, or a tenant's, by tenant and name."""
    return [Team(**row) for row in await connection.fetch(sql.list_teams, tenant_id, None)]


async def add(
    connection: Connection, tenant_id: str, name: str, team_id: UUID | None, details: TeamChange
) -> Team:
    """Add a team; as the default one it takes the place of another.

    Raises Taken for an id that is in use, worker.core.hours.BadSchedule.
    """
    async with connection.transaction():
        new = await connection.fetchval(sql.add_team, team_id, tenant_id, name)
        if new is None:
            raise Taken(f"there is a team {team_id} already: change it with `handover teams set`")
        return await change(connection, new, details)


async def change(connection: Connection, team_id: UUID, to: TeamChange) -> Team:
    """Change a team; a new default takes the place of another. Raises NotOnRoster, worker.core.hours.BadSchedule."""
    if to.schedule is not None:
        hours.parse(to.schedule)
    async with connection.transaction():
        team = await _one(connection, team_id)
        if to.default:
            await connection.execute(sql.clear_default_team, team.tenant_id)
        await connection.fetchval(
            sql.change_team,
            team_id,
            to.name,
            to.active,
            to.default,
            to.manual,
            to.no_schedule,
            to.schedule,
            *to.policy.values(),
        )
        return await _one(connection, team_id)


async def _one(connection: Connection, team_id: UUID) -> Team:
    if row := await connection.fetchrow(sql.list_teams, None, team_id):
        return Team(**row)
    raise NotOnRoster(f"there is no team {team_id}: see `handover teams list`")
