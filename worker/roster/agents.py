"""Agents of the roster."""

from collections.abc import Collection
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.roster import Agent, AgentChange, NotOnRoster, Taken


async def every(connection: Connection, tenant_id: str | None = None) -> list[Agent]:
    """All agents, or a tenant's, by tenant and name."""
    return [_agent(row) for row in await connection.fetch(sql.read_agents, tenant_id, None)]


async def one(connection: Connection, agent_id: UUID) -> Agent:
    """One agent. Raises NotOnRoster."""
    if row := await connection.fetchrow(sql.read_agents, None, agent_id):
        return _agent(row)
    raise NotOnRoster(f"there is no agent {agent_id}: see `handover agents list`")


async def open_sessions(connection: Connection, agent_id: UUID) -> int:
    """How many sessions an agent has open."""
    count: int = await connection.fetchval(sql.count_open_sessions, agent_id)
    return count


async def add(
    connection: Connection, tenant_id: str, name: str, agent_id: UUID | None, details: AgentChange
) -> Agent:
    """Add an agent, offline unless `details` says otherwise.

    Raises Taken for an id that is in use, NotOnRoster for a team that is not one of the tenant's.
    """
    async with connection.transaction():
        new = await connection.fetchval(
            sql.add_agent,
            agent_id,
            tenant_id,
            name,
            details.status or "offline",
            details.max_sessions,
            list(details.skills or ()),
        )
        if new is None:
            raise Taken(f"there is an agent {agent_id} already: change it with `handover agents set`")
        await _join(connection, new, details.teams or ())
        return await one(connection, new)


async def change(connection: Connection, tenant_id: str | None, agent_id: UUID, to: AgentChange) -> Agent:
    """Change an agent, which has to be of the tenant if one is given.

    Raises NotOnRoster for an agent there is not, or a team that is not one of its tenant's.
    """
    async with connection.transaction():
        found = await connection.fetchval(
            sql.change_agent,
            agent_id,
            tenant_id,
            to.name,
            to.status,
            to.active,
            to.unlimited,
            to.max_sessions,
            None if to.skills is None else list(to.skills),
            to.reason,
        )
        if found is None:
            whose = f" of tenant {tenant_id}" if tenant_id else ""
            raise NotOnRoster(f"there is no agent {agent_id}{whose}: see `handover agents list`")
        if to.teams is not None:
            await connection.execute(sql.leave_teams, agent_id, to.teams)
            await _join(connection, agent_id, to.teams)
        return await one(connection, agent_id)


async def remove(connection: Connection, agent_id: UUID) -> None:
    """Remove an agent; workers see to its open sessions when the grace is over (worker.leaving). Raises NotOnRoster."""
    if await connection.fetchval(sql.remove_agent, agent_id) is None:
        raise NotOnRoster(f"there is no agent {agent_id}: see `handover agents list`")


async def _join(connection: Connection, agent_id: UUID, teams: Collection[UUID]) -> None:
    rows = await connection.fetch(sql.join_teams, agent_id, teams)
    if unknown := set(teams) - {row["id"] for row in rows}:
        names = ", ".join(sorted(map(str, unknown)))
        raise NotOnRoster(f"the agent's tenant has no team {names}: see `handover teams list`")


def _agent(row: Record) -> Agent:
    return Agent(**{**row, "skills": tuple(row["skills"]), "teams": tuple(row["teams"])})
