"""Teams of the roster."""

from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.roster import NotOnRoster, Taken, Team


async def every(connection: Connection, tenant_id: str | None = None) -> list[Team]:
    """All teams, or a tenant's, by tenant and name."""
    return [Team(**row) for row in await connection.fetch(sql.list_teams, tenant_id, None)]


async def add(
    connection: Connection, tenant_id: str, name: str, team_id: UUID | None, *, default: bool
) -> Team:
    """Add a team; as the default one it takes the place of another. Raises Taken for an id that is in use."""
    async with connection.transaction():
        if default:
            await connection.execute(sql.clear_default_team, tenant_id)
        new = await connection.fetchval(sql.add_team, team_id, tenant_id, name, default)
        if new is None:
            raise Taken(f"there is a team {team_id} already: change it with `handover teams set`")
        return await _one(connection, new)


async def change(
    connection: Connection, team_id: UUID, *, name: str | None, active: bool | None, default: bool | None
) -> Team:
    """Change a team; None leaves a thing as it is, and a new default takes the place of another. Raises NotOnRoster."""
    async with connection.transaction():
        team = await _one(connection, team_id)
        if default:
            await connection.execute(sql.clear_default_team, team.tenant_id)
        await connection.fetchval(sql.change_team, team_id, name, active, default)
        return await _one(connection, team_id)


async def _one(connection: Connection, team_id: UUID) -> Team:
    if row := await connection.fetchrow(sql.list_teams, None, team_id):
        return Team(**row)
    raise NotOnRoster(f"there is no team {team_id}: see `handover teams list`")
