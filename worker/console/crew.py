"""`/api/agents`: presence, open of cap, turns today, time to accept; and how the turns of each pool were shared."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated

from asyncpg import Connection
from pydantic import Field

from worker import sql
from worker.console.day import Day, PoolToday
from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.roster import Agent, Team, agents, teams


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentToday(Agent):
    """An agent as `handover agents list --json` has it, and what they do. Today began at midnight, UTC."""

    open: Annotated[int, Field(description="Sessions they have now; of `max_sessions`, if there is any.")]
    turns_today: int
    accept_seconds: Annotated[float | None, Field(description="Today's median; null: accepted nothing yet.")]


@dataclass(frozen=True, slots=True)
class Crew:
    """The roster, at work."""

    agents: Sequence[AgentToday]
    pools: Sequence[PoolToday]


@dataclass(frozen=True, slots=True)
class Teams:
    """Each as `handover teams list --json` has it."""

    teams: Sequence[Team]


class OfTenant(Asked):
    """Of one tenant, or of all."""

    tenant: str | None = None


async def agents_today(connection: Connection, day: Day, tenant_id: str | None = None) -> list[AgentToday]:
    """All agents, or a tenant's, by tenant and name; what is of the day, as it was last read."""
    opened = {row["agent_id"]: row["open"] for row in await connection.fetch(sql.measure_agents)}
    turns = day.turns()
    return [
        AgentToday(
            **{each.name: getattr(agent, each.name) for each in fields(Agent)},
            open=opened.get(agent.id, 0),
            turns_today=turns.get(agent.id, 0),
            accept_seconds=day.accepting.get(agent.id),
        )
        for agent in await agents.every(connection, tenant_id)
    ]


async def crew(console: Console, *, visitor: Visitor, query: OfTenant) -> Crew:
    """Agents and pools."""
    del visitor
    async with console.desk.reading() as connection:
        await console.day.refresh(connection)
        found = await agents_today(connection, console.day, query.tenant)
    return Crew(found, [pool for pool in console.day.pools if query.tenant in (None, pool.tenant_id)])


async def list_teams(console: Console, *, visitor: Visitor, query: OfTenant) -> Teams:
    """All teams, or a tenant's."""
    del visitor
    async with console.desk.reading() as connection:
        return Teams(await teams.every(connection, query.tenant))


ENDPOINTS = [
    Endpoint("GET", "/api/agents", "The roster, at work.", crew, Crew, query=OfTenant, shared=True),
    Endpoint(
        "GET", "/api/teams", "Teams, by tenant and name.", list_teams, Teams, query=OfTenant, shared=True
    ),
]
