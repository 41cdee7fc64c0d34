"""Events of agents and what they lead to, with whole workers."""

from uuid import UUID

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, sessions
from processes import Bot, StartWorkers, Subscriber
from pydantic_core import to_json

from worker.topology import SESSION_ACCEPT


async def test_an_agent_who_comes_online_by_event_is_given_who_waits(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection, status="offline")
    await start_workers(HANDOVER_DRAIN_SECONDS="60")
    await bot.hand_over(a_handover())
    await subscriber.until(1)

    await bot.publish(_says(agent, status="online"), routing_key="agent.status_changed")

    [_, served] = await subscriber.until(2)
    assert (served.what, served.agent_id, served.reason) == ("assigned", agent, "queue")


async def test_an_agent_whose_heart_beats_again_is_given_who_waits(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection)
    await start_workers(HANDOVER_HEARTBEAT_SECONDS="60", HANDOVER_DRAIN_SECONDS="0.3")
    await bot.hand_over(a_handover())
    [waits] = await subscriber.until(1)

    await bot.publish(_says(agent), routing_key="agent.heartbeat")

    [_, served] = await subscriber.until(2)
    assert (waits.reason, served.agent_id) == ("none_online", agent)


async def test_a_session_accepted_by_event_is_not_passed_on(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 2)
    await connection.execute("insert into handover.tenants (tenant_id, accept_seconds) values ('acme', 2)")
    await start_workers(HANDOVER_DRAIN_SECONDS="0.2")
    await bot.hand_over(a_handover("1"), a_handover("2"))
    mine, other = sorted(await subscriber.until(2), key=lambda event: event.contact_id)
    assert mine.agent_id

    await bot.publish(_says(mine.agent_id, sessionId=mine.session_id), routing_key=SESSION_ACCEPT)

    passed_on = (await subscriber.until(3))[2]
    assert (passed_on.session_id, passed_on.reason) == (other.session_id, "timeout")
    [row] = await sessions(connection, "1")
    assert (row["assignedAgentId"], row["acceptedAt"] is None) == (mine.agent_id, False)


@pytest.mark.parametrize(
    "lock",
    [
        "select from handover.agents where tenant_id = 'acme' for update",
        "select from handover.tenants where tenant_id = 'acme' for update",
    ],
    ids=["agent", "tenant"],
)
async def test_what_is_locked_holds_up_no_other_agent(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, *, lock: str
) -> None:
    [held] = await given_agents(connection)
    [other] = await given_agents(connection, tenant="other")
    await connection.execute("insert into handover.tenants (tenant_id) values ('acme')")
    [worker] = await start_workers()

    async def say(status: str) -> None:
        for each in (*["online", "busy"] * 15, status):
            await bot.publish(_says(held, status=each), routing_key="agent.status_changed")
        said = _says(other, tenantId="other", status=status)
        await bot.publish(said, routing_key="agent.status_changed")
        await worker.logged("status_changed", agent_id=str(other), status=status)

    async with connection.transaction():
        await connection.execute(lock)
        for status in ("busy", "online", "busy", "offline"):
            await say(status)
    await worker.logged("status_changed", agent_id=str(held), status="offline")
    assert await worker.stop() == 0
    assert await connection.fetchval("select status from handover.agents where id = $1", held) == "offline"


def _says(agent: UUID, **said: object) -> bytes:
    return to_json({"tenantId": TENANT, "agentId": agent, **said})
