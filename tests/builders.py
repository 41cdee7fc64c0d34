"""Defaults, plus the one thing that matters to a test."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg

from schemas import Handover
from worker.core.roster import Agent
from worker.desks import Routing
from worker.handover import Outcome, hand_over

TENANT = "acme"

SPELLINGS = [
    "254745050238",
    "+254 745 050 238",
    "254-745-050-238",
    "(254) 745.050/238",
    "whatsapp:+254745050238",
    "\u0662\u0665\u0664 745 050 238",
]
"""One contact as people write it."""


def a_handover(contact_id: str = "254745050238", **fields: Any) -> Handover:
    return Handover(
        **{
            "event_id": str(uuid4()),
            "asked_at": None,
            "tenant_id": TENANT,
            "contact_id": contact_id,
            "contact_name": None,
            "channel": "whatsapp",
            "team_id": None,
            "skills": (),
            "priority": 0,
            "context": None,
            **fields,
        }
    )


def an_agent(number: int, **fields: Any) -> Agent:
    return Agent(
        **{
            "id": UUID(int=number),
            "name": f"agent {number}",
            "active": True,
            "status": "online",
            "max_sessions": None,
            "skills": frozenset(),
            "last_turn": 0,
            **fields,
        }
    )


async def given_agents(
    connection: asyncpg.Connection,
    count: int = 1,
    *,
    tenant: str = TENANT,
    teams: tuple[UUID, ...] = (),
    max_sessions: int | None = None,
    status: str = "online",
    skills: tuple[str, ...] = (),
) -> list[UUID]:
    rows = await connection.fetch(
        "insert into handover.agents (tenant_id, name, status, max_sessions, skills)"
        " select $1, 'agent ' || n, $2, $3, $4 from generate_series(1, $5) n returning id",
        tenant,
        status,
        max_sessions,
        skills,
        count,
    )
    agents = [row["id"] for row in rows]
    for team in teams:
        await connection.executemany(
            "insert into handover.team_members (team_id, agent_id) values ($1, $2)",
            [(team, agent) for agent in agents],
        )
    return agents


async def given_team(
    connection: asyncpg.Connection, *, tenant: str = TENANT, active: bool = True, default: bool = False
) -> UUID:
    team: UUID = await connection.fetchval(
        "insert into handover.teams (tenant_id, name, active, is_default) values ($1, 'team', $2, $3) returning id",
        tenant,
        active,
        default,
    )
    return team


async def given_session(
    connection: asyncpg.Connection,
    status: str,
    *,
    contact_id: str = "254745050238",
    agent: UUID | None = None,
    tenant: str = TENANT,
) -> UUID:
    """A session as the inbox application would have left it."""
    session: UUID = await connection.fetchval(
        'insert into inbox_sessions ("tenantId", "contactId", status, "assignedAgentId", "assignedAt", "acceptedAt")'
        " values ($1, $2, $3, $4, now(), now()) returning id",
        tenant,
        contact_id,
        status,
        agent,
    )
    return session


async def handed_over(
    connection: asyncpg.Connection, *handovers: Handover, reassign: Any = "rotate"
) -> Outcome:
    return await hand_over(connection, handovers, Routing(reassign, lease_seconds=60))


async def sessions(connection: asyncpg.Connection, contact_id: str = "254745050238") -> list[asyncpg.Record]:
    return await connection.fetch(
        'select * from inbox_sessions where "contactId" = $1 order by "createdAt"', contact_id
    )


async def given_turns(connection: asyncpg.Connection) -> dict[UUID, int]:
    """How many sessions each agent has been given."""
    rows = await connection.fetch(
        "select agent_id, count(*) from handover.assignments where what = 'assigned' group by agent_id"
    )
    return {row["agent_id"]: row["count"] for row in rows}
