"""Events of agents on their queue: each is written, or becomes a letter that says why not."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import pytest
from builders import TENANT, given_agents, given_session
from processes import IN_TIME, Bot
from pydantic_core import to_json
from structlog.testing import capture_logs

from schemas import CONTENT_TYPE, Acceptance, Heartbeat, StatusChanged, encode_agent_event
from worker.consumer import Consumer
from worker.database import Database
from worker.presence import follow
from worker.topology import SESSION_ACCEPT, Topology

QUEUE = Topology().agents
STATUS_CHANGED = "agent.status_changed"
NEWEST = datetime(2026, 1, 5, 12, 0, 0, 100_000, UTC)

Tell = Callable[..., Awaitable[None]]


@pytest.fixture
def tell(bot: Bot) -> Tell:
    """Publish to the exchange, with confirms."""

    async def told(body: object, routing_key: str = STATUS_CHANGED, **properties: Any) -> None:
        raw = body if isinstance(body, bytes) else to_json(body)
        await bot.publish(raw, routing_key=routing_key, **properties)

    return told


@asynccontextmanager
async def following(amqp_url: str, dsn: str) -> AsyncIterator[None]:
    """A worker's part that follows agents; it ends when all it took is settled."""
    consumer, database = Consumer(amqp_url, "test", Topology(), QUEUE, 500), Database(dsn, "presence")
    try:
        async with asyncio.TaskGroup() as tasks:
            consuming = tasks.create_task(consumer.run())
            working = tasks.create_task(follow(consumer, database))
            yield
            consumer.close()
            await working
            consuming.cancel()
    finally:
        database.discard()


@pytest.fixture
async def followed(amqp_url: str, database: str) -> AsyncIterator[None]:
    async with following(amqp_url, database):
        yield


async def until(connection: asyncpg.Connection, count: int, query: str, *values: object) -> list[Any]:
    """The rows of the query, once there are so many."""
    async with asyncio.timeout(IN_TIME):
        while len(rows := await connection.fetch(query, *values)) < count:
            await asyncio.sleep(0.02)
        return rows


async def until_status(connection: asyncpg.Connection, agent: UUID, status: str) -> None:
    await until(
        connection, 1, "select from handover.agents where id = $1 and status = $2 limit 1", agent, status
    )


async def letters(connection: asyncpg.Connection, count: int) -> list[Any]:
    return await until(connection, count, "select * from handover.dead_letters")


@pytest.mark.usefixtures("followed")
async def test_each_kind_arrives_by_its_routing_key(connection: asyncpg.Connection, tell: Tell) -> None:
    [agent] = await given_agents(connection, status="offline")
    session = await given_session(connection, "assigned", agent=agent)
    await connection.execute('update inbox_sessions set "acceptedAt" = null')
    who = {"tenantId": TENANT, "agentId": agent}

    await tell({**who, "status": "busy"})
    await until_status(connection, agent, "busy")
    await connection.execute("update handover.agents set seen_at = null")
    await tell(who, "agent.heartbeat")
    await until(connection, 1, "select from handover.agents where seen_at is not null")
    await tell({**who, "sessionId": session}, SESSION_ACCEPT)
    await until(connection, 1, 'select from inbox_sessions where "acceptedAt" is not null')


@pytest.mark.usefixtures("followed")
async def test_a_cloud_event_is_known_on_any_key_and_by_the_name_of_the_queue(
    connection: asyncpg.Connection, bot: Bot, tell: Tell
) -> None:
    [agent] = await given_agents(connection, status="offline")
    body = encode_agent_event(StatusChanged(tenant_id=TENANT, agent_id=agent, status="busy"), source="/inbox")
    await tell(body, "agent.something", content_type=CONTENT_TYPE)
    await until_status(connection, agent, "busy")

    plain = to_json({"tenantId": TENANT, "agentId": agent, "status": "online"})
    await bot.channel.default_exchange.publish(aio_pika.Message(plain), QUEUE)
    await until_status(connection, agent, "online")


async def test_what_cannot_be_used_becomes_a_letter_and_the_rest_is_written(
    connection: asyncpg.Connection, amqp_url: str, database: str, bot: Bot, tell: Tell
) -> None:
    [agent] = await given_agents(connection, status="offline")
    stranger = {"tenantId": TENANT, "agentId": UUID(int=1), "status": "online"}
    bad = {
        b"{": "invalid-json",
        to_json({"tenantId": TENANT, "agentId": agent, "status": "gone"}): "invalid-event",
        to_json(stranger): "invalid-event",
    }
    for body in bad:
        await tell(body)
    await tell({"tenantId": TENANT, "agentId": agent}, "agent.sneezed")
    await tell({"tenantId": TENANT, "agentId": agent, "status": "online"})

    async with following(amqp_url, database):
        found = await letters(connection, 4)
        await until_status(connection, agent, "online")

    expected = {**bad, to_json({"tenantId": TENANT, "agentId": agent}): "unknown-type"}
    assert {row["body"]: row["reason"] for row in found} == expected
    assert {row["queue"] for row in found} == {QUEUE}
    [told] = [row["error"] for row in found if row["body"] == to_json(stranger)]
    assert told == (
        f"agent '{UUID(int=1)}' is not on the roster of tenant 'acme':"
        " add them with `handover agents add --id`, and publish it again"
    )
    assert await bot.waiting_messages(QUEUE) == 0


async def test_one_poisoned_event_is_the_only_letter(
    connection: asyncpg.Connection, amqp_url: str, database: str, bot: Bot, tell: Tell
) -> None:
    agents = await given_agents(connection, 20, status="offline")
    await connection.execute(
        "alter table handover.agents add constraint no_lunch check (status_reason <> 'lunch')"
    )
    for number, agent in enumerate(agents):
        event = {"tenantId": TENANT, "agentId": agent, "status": "online"}
        await tell({**event, "reason": "lunch" if number == 13 else "back"})

    async with following(amqp_url, database):
        await until(connection, 19, "select from handover.agents where status = 'online'")
        [letter] = await letters(connection, 1)

    assert (letter["reason"], "no_lunch" in letter["error"]) == ("failed", True)
    assert str(agents[13]).encode() in letter["body"]
    assert await bot.waiting_messages(QUEUE) == 0


@pytest.mark.usefixtures("followed")
async def test_with_the_database_refusing_nothing_is_lost_and_nothing_dead_lettered(
    connection: asyncpg.Connection, tell: Tell
) -> None:
    [agent] = await given_agents(connection, status="offline")
    with capture_logs() as logs:
        await connection.execute("alter table handover.agents rename to agents_elsewhere")
        await tell({"tenantId": TENANT, "agentId": agent, "status": "online"})
        async with asyncio.timeout(IN_TIME):
            while "database_away" not in {line["event"] for line in logs}:
                await asyncio.sleep(0.02)
        await connection.execute("alter table handover.agents_elsewhere rename to agents")
        await until_status(connection, agent, "online")

    assert await connection.fetch("select from handover.dead_letters") == []


async def test_logs_say_who_came_and_what_was_accepted_too_late(
    connection: asyncpg.Connection, amqp_url: str, database: str, tell: Tell
) -> None:
    [agent] = await given_agents(connection, status="offline")
    session = await given_session(connection, "resolved", agent=agent)
    late = Acceptance(tenant_id=TENANT, agent_id=agent, session_id=session, event_id="e-1")
    change = StatusChanged(tenant_id=TENANT, agent_id=agent, status="online")
    for event in (late, Heartbeat(tenant_id=TENANT, agent_id=agent), change):
        await tell(encode_agent_event(event, source="/inbox"), content_type=CONTENT_TYPE)
    with capture_logs() as logs:
        async with following(amqp_url, database):
            await until_status(connection, agent, "online")

    who = {"tenant_id": TENANT, "agent_id": str(agent), "log_level": "info"}
    told = [line for line in logs if line["event"] in ("status_changed", "accepted_too_late")]
    assert sorted(told, key=lambda line: line["event"]) == [
        {"event": "accepted_too_late", "event_id": "e-1", "session_id": str(session), **who},
        {"event": "status_changed", "status": "online", **who},
    ]


async def test_of_many_events_on_two_workers_in_any_order_the_newest_of_each_agent_stays(
    connection: asyncpg.Connection, amqp_url: str, database: str, bot: Bot, tell: Tell
) -> None:
    agents = await given_agents(connection, 5, status="offline")
    times = [(number, agent) for number in range(1, 101) for agent in agents]
    random.Random(7).shuffle(times)
    async with following(amqp_url, database), following(amqp_url, database):
        for number, agent in times:
            said = "online" if number == 100 else ("busy", "offline")[number % 2]
            change = {"tenantId": TENANT, "agentId": agent, "status": said}
            await tell({**change, "time": f"2026-01-05T12:00:00.{number:03}Z"})
        await until(connection, 5, "select from handover.agents where status_at = $1", NEWEST)
        async with asyncio.timeout(IN_TIME):
            while await bot.waiting_messages(QUEUE):
                await asyncio.sleep(0.02)

    rows = await connection.fetch("select status, status_at from handover.agents")
    assert [(row["status"], row["status_at"]) for row in rows] == [("online", NEWEST)] * 5
    assert await connection.fetch("select from handover.dead_letters") == []
