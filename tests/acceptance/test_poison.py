"""What cannot be handled becomes a letter that says why; what can be is not held up by it."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aio_pika import Message
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from builders import a_handover, given_agents
from letterbox import given_no_mallory
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from processes import IN_TIME, Bot, StartWorkers, Subscriber

from schemas import encode_handover
from worker.broker import connected
from worker.topology import Topology

BAD: list[tuple[bytes, dict[str, Any], str]] = [
    (b"{not json", {"message_id": "m"}, "invalid-json"),
    (b"[" * 10_000 + b"]" * 10_000, {"message_id": "m"}, "invalid-json"),
    (b"\xff\xfe\x00", {"message_id": "m"}, "invalid-json"),
    (b'{"tenantId": 5, "contactId": "254"}', {"message_id": "m"}, "invalid-event"),
    (b'{"tenantId": "acme", "contactId": "\\u0000"}', {"message_id": "m"}, "invalid-event"),
    (b"x" * 300_000, {"message_id": "m"}, "invalid-event"),
    (
        b'{"specversion": "1.0", "type": "handover.requested.v9", "id": "1", "source": "/", "data": {}}',
        {"content_type": "application/cloudevents+json"},
        "unknown-type",
    ),
]
OF_STATUS = (
    "select atttypid::regtype::text from pg_attribute"
    " where attrelid = 'inbox_sessions'::regclass and attname = 'status'"
)


async def letters(connection: asyncpg.Connection, count: int) -> list[asyncpg.Record]:
    """The letters, once there are so many."""
    async with asyncio.timeout(IN_TIME):
        while True:
            rows = await connection.fetch("select * from handover.dead_letters order by first_at, id")
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


@pytest.mark.usefixtures("one_agent")
async def test_bad_bodies_become_letters_byte_for_byte_and_good_ones_pass(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    for body, properties, _ in BAD:
        await bot.publish(body, **properties)
    await bot.hand_over(a_handover())
    [worker] = await start_workers()

    await subscriber.until(1)
    found = await letters(connection, len(BAD))

    assert {body: reason for body, _, reason in BAD} == {row["body"]: row["reason"] for row in found}
    assert all(row["attempts"] == 1 and "\n" not in row["error"] for row in found)
    assert worker.process.returncode is None
    assert await bot.waiting_messages(Topology().requests) == 0


@pytest.mark.usefixtures("one_agent")
async def test_one_poisoned_body_in_a_batch_of_200_is_the_only_letter(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_no_mallory(connection)
    handovers = [
        a_handover(f"2547{n:08}", contact_name="Mallory" if n == 123 else "Ann", event_id=f"e-{n}")
        for n in range(200)
    ]
    await bot.hand_over(*handovers)
    await start_workers()

    await subscriber.until(199)
    [letter] = await letters(connection, 1)

    assert ("failed", "e-123", encode_handover(handovers[123], source="/tests")) == (
        letter["reason"],
        letter["event_id"],
        letter["body"],
    )
    assert "no_mallory" in letter["error"]
    assert await connection.fetchval("select count(*) from inbox_sessions where status = 'assigned'") == 199


@pytest.mark.usefixtures("one_agent")
async def test_a_handover_whose_session_an_index_of_theirs_refuses_is_a_letter_that_says_what_to_look_for(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    labels = await connection.fetchval(OF_STATUS)
    await connection.execute(f"alter type {labels} add value 'archived'")
    await connection.execute("drop index inbox_sessions_one_active")
    await connection.execute(
        """create unique index "IDX_1" on inbox_sessions ("tenantId", "contactId") where status <> 'resolved'"""
    )
    await connection.execute(
        "insert into inbox_sessions (\"tenantId\", \"contactId\", status) values ('acme', '1', 'archived')"
    )
    await start_workers()

    await bot.hand_over(a_handover("1", event_id="refused"), a_handover("2"))

    await subscriber.until(1)
    [letter] = await letters(connection, 1)
    assert (letter["reason"], letter["event_id"]) == ("failed", "refused")
    assert "look for a unique index on the contact that covers more statuses" in letter["error"]


@pytest.mark.usefixtures("one_agent")
async def test_the_same_id_with_another_contact_is_a_conflict_without_effect(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await start_workers()
    await bot.hand_over(a_handover("1", event_id="e"))
    await subscriber.until(1)

    await bot.hand_over(a_handover("2", event_id="e"))

    [letter] = await letters(connection, 1)
    assert (letter["reason"], letter["contact_id"], letter["event_id"]) == ("conflict", "2", "e")
    assert await connection.fetchval("select count(*) from inbox_sessions") == 1


@pytest.mark.usefixtures("one_agent")
async def test_a_letter_that_fails_again_is_the_same_letter_with_one_more_attempt(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot
) -> None:
    await start_workers()
    await bot.publish(b"{", message_id="m")
    await letters(connection, 1)
    await bot.publish(b"{", message_id="m")
    await bot.publish(b"{", message_id="another")

    found = await letters(connection, 2)

    async with asyncio.timeout(IN_TIME):
        while [row["attempts"] for row in found] != [2, 1]:
            found = await letters(connection, 2)


@pytest.mark.usefixtures("one_agent")
async def test_what_the_broker_gave_up_on_is_drained_into_the_table(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot
) -> None:
    handover = a_handover(event_id="e")
    await bot.hand_over(handover)
    queue = await bot.channel.get_queue(Topology().requests)
    async with asyncio.timeout(IN_TIME):
        while message := await queue.get(fail=False):
            await message.reject(requeue=True)
    await start_workers()

    [letter] = await letters(connection, 1)

    assert ("delivery-limit", "e", encode_handover(handover, source="/tests")) == (
        letter["reason"],
        letter["event_id"],
        letter["body"],
    )
    assert await bot.waiting_messages(Topology().dead_letters) == 0


@pytest.mark.usefixtures("one_agent")
@pytest.mark.parametrize(
    "headers", [{"deep": {"a": [1, {"b": None}]}}, {"bytes": bytearray(b"\xff\x00")}, {"ce-type": 5}]
)
async def test_hostile_properties_do_not_stop_the_worker(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, headers: dict[str, Any]
) -> None:
    [worker] = await start_workers()
    await bot.channel.default_exchange.publish(
        Message(b"nonsense", message_id="\x1b[31m" + "é" * 50, headers=headers, reply_to="x" * 200),
        Topology().requests,
    )

    [letter] = await letters(connection, 1)

    assert letter["body"] == b"nonsense"
    assert worker.process.returncode is None


def nested(depth: int) -> bytes:
    """A header table of tables, each in the one before."""
    table = b""
    for _ in range(depth):
        field = b"\x01aF" + len(table).to_bytes(4, "big") + table
        table = field
    return len(table).to_bytes(4, "big") + table


CONTENT_TYPE = b"\x1capplication/cloudevents+json"
Publish = Callable[[bytes, int, bytes], Awaitable[None]]


@asynccontextmanager
async def publishing(amqp_url: str, routing_key: str = "handover.requested") -> AsyncIterator[Publish]:
    """Publishes a body with properties as their bytes, whatever these are."""
    async with connected(amqp_url, "test") as connection:
        raw = await (await connection.channel(publisher_confirms=False)).get_underlay_channel()
        assert isinstance(raw, Channel)

        async def publish(body: bytes, flags: int, properties: bytes) -> None:
            method = Basic.Publish(exchange=Topology().exchange, routing_key=routing_key)
            content = struct.pack(">HHQH", 60, 0, len(body), flags) + properties
            header = struct.pack(">BHI", 2, raw.number, len(content)) + content + b"\xce"
            payload = marshal(method, raw.number) + header + marshal(ContentBody(body), raw.number)
            await raw.write_queue.put(ChannelFrame(payload=payload, should_close=False))

        yield publish


@pytest.mark.parametrize(
    ("routing_key", "sent"),
    [("handover.requested", (1 << 13, nested(300))), ("agent.status_changed\0", (0, b""))],
    ids=["deep headers", "a routing key with a NUL"],
)
async def test_what_comes_with_a_dead_letter_does_not_stop_the_worker(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    amqp_url: str,
    routing_key: str,
    sent: tuple[int, bytes],
) -> None:
    [worker] = await start_workers()
    async with publishing(amqp_url, routing_key) as publish:
        await publish(b"nonsense", *sent)
        [letter] = await letters(connection, 1)

    assert letter["body"] == b"nonsense"
    assert await worker.stop() == 0


async def test_a_letter_that_cannot_be_stored_takes_no_other_along(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot
) -> None:
    await connection.execute("alter table handover.dead_letters add constraint no check (event_id <> '2')")
    for number in range(5):
        await bot.publish(b"nonsense", message_id=str(number))
    [worker] = await start_workers()

    assert {letter["event_id"] for letter in await letters(connection, 4)} == {"0", "1", "3", "4"}
    await worker.logged("letters_put_off", count=1)
    await connection.execute("alter table handover.dead_letters drop constraint no")
    await letters(connection, 5)
    assert await worker.stop() == 0


@pytest.mark.usefixtures("one_agent")
@pytest.mark.parametrize(
    ("flags", "properties"),
    [
        (1 << 15 | 1 << 6, CONTENT_TYPE + (10**18).to_bytes(8, "big")),
        (1 << 15 | 1 << 7, CONTENT_TYPE + b"\x02\xff\xfe"),
        (1 << 15 | 1 << 13, CONTENT_TYPE + b"\0\0\0\x08\x01\xffS\0\0\0\x01a"),
        (1 << 15 | 1 << 13, CONTENT_TYPE + nested(2000)),
        (1 << 15 | 1 << 9, CONTENT_TYPE + b"\x56" + b"\xff" * 86),
    ],
    ids=[
        "a time in nanoseconds",
        "an id that is not UTF-8",
        "a header's name that is not UTF-8",
        "deep headers",
        "an address for the answer that is not UTF-8",
    ],
)
async def test_properties_that_cannot_be_read_do_not_stop_the_worker(
    start_workers: StartWorkers, amqp_url: str, subscriber: Subscriber, flags: int, properties: bytes
) -> None:
    [worker] = await start_workers()
    async with publishing(amqp_url) as publish:
        await publish(encode_handover(a_handover(), source="/tests"), flags, properties)
        await subscriber.until(1)

    assert await worker.stop() == 0
    assert not [line for line in worker.lines if line["event"] in ("consumer_lost", "broker_away")]
