"""What agents say becomes what the roster and the sessions say: one transaction for a batch of events.

Locks are taken in one order everywhere: tenants, agents, sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection

from schemas import Acceptance, AgentEvent, Heartbeat, StatusChanged
from worker import sql
from worker.transitions import columns

Who = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class NewStatus:
    """What an agent's status is from now on."""

    tenant_id: str
    agent_id: UUID
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a batch came to: the agents nobody knows, and what the events of the others changed."""

    unknown: frozenset[Who]
    statuses: Sequence[NewStatus] = ()
    too_late: Sequence[Acceptance] = ()


def who(event: AgentEvent) -> Who:
    """The agent an event is of."""
    return event.tenant_id, event.agent_id


async def attend(connection: Connection, events: Sequence[AgentEvent]) -> Attendance:
    """Write what a batch of events says, all of it or nothing; events of agents not on the roster change nothing.

    Raises asyncpg.PostgresError, OSError or TimeoutError when the database refuses or is away.
    """
    async with connection.transaction():
        agents = {who(event) for event in events}
        # A heartbeat must not wait for the tenant: there are many, and nothing is decided by one alone.
        await _lock_tenants(connection, {who(event) for event in events if not isinstance(event, Heartbeat)})
        known = await _lock_agents(connection, agents)
        theirs = [event for event in events if who(event) in known]
        statuses = await _change(connection, [event for event in theirs if isinstance(event, StatusChanged)])
        await _see(connection, [event for event in theirs if not isinstance(event, Acceptance)])
        too_late = await _accept(connection, [event for event in theirs if isinstance(event, Acceptance)])
    return Attendance(frozenset(agents - known), statuses, too_late)


async def find_held(connection: Connection, events: Sequence[AgentEvent]) -> set[int]:
    """The positions, from 1, of the events that would wait for a row somebody else has locked."""
    told = [
        (
            *who(event),
            event.session_id if isinstance(event, Acceptance) else None,
            isinstance(event, Heartbeat),
        )
        for event in events
    ]
    return {row["position"] for row in await connection.fetch(sql.find_held_agents, *columns(told))}


async def _lock_tenants(connection: Connection, agents: set[Who]) -> None:
    if agents:
        await connection.execute(sql.share_tenants_of_agents, *columns(agents))


async def _lock_agents(connection: Connection, agents: set[Who]) -> set[Who]:
    rows = await connection.fetch(sql.lock_agents, *columns(agents))
    return {(row["tenant_id"], row["id"]) for row in rows}


async def _change(connection: Connection, events: Sequence[StatusChanged]) -> list[NewStatus]:
    if not events:
        return []
    told = [(*who(event), event.status, event.reason, event.at) for event in events]
    rows = await connection.fetch(sql.change_statuses, *columns(told))
    return [NewStatus(row["tenant_id"], row["id"], row["status"], row["status_reason"]) for row in rows]


async def _see(connection: Connection, events: Sequence[AgentEvent]) -> None:
    if events:
        await connection.execute(sql.see_agents, *columns((*who(event), event.at) for event in events))


async def _accept(connection: Connection, events: Sequence[Acceptance]) -> list[Acceptance]:
    """Those that came too late."""
    if not events:
        return []
    told = [(event.tenant_id, event.session_id, event.agent_id, event.at) for event in events]
    rows = await connection.fetch(sql.accept_sessions, *columns(told))
    accepted = {(row["id"], row["agent_id"]) for row in rows}
    return [event for event in events if (event.session_id, event.agent_id) not in accepted]
