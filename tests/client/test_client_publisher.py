"""The publisher bots may use: confirmed, or it says that it is not; the same again changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import asyncpg
import pytest
from builders import a_handover, given_agents
from chaos.proxy import Proxy, in_front_of, through
from processes import Bot, StartWorkers, Subscriber

from handover_client import NotConfirmed, Publisher
from worker.receiving import Receiver
from worker.topology import Topology

HEARTBEAT = b"\x08\0\0\0\0\0\0\xce"


@pytest.fixture
async def publisher(amqp_url: str) -> AsyncIterator[Publisher]:
    async with Publisher(amqp_url, source="/bots/tests") as opened:
        yield opened


@pytest.fixture
async def proxy(amqp_url: str) -> AsyncIterator[Proxy]:
    async with in_front_of(amqp_url) as (_, opened):
        yield opened


async def swallowed(proxy: Proxy, publish: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A publish whose message got lost on its way, and whose connection has not."""
    proxy.up.deaf = True
    publishing = asyncio.create_task(publish)
    async with asyncio.timeout(10):
        while not any(link.lossy for link in proxy.links):
            await asyncio.sleep(0.01)
    proxy.up.deaf = False
    return publishing


async def test_a_handover_is_on_the_queue_when_it_returns(bot: Bot, publisher: Publisher) -> None:
    await asyncio.gather(*(publisher.publish(a_handover(str(number))) for number in range(1, 101)))
    assert await bot.waiting_messages(Topology().requests) == 100


async def test_the_trace_a_bot_names_goes_along(bot: Bot, publisher: Publisher) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await publisher.publish(a_handover(traceparent=trace))
    await publisher.publish(a_handover())
    queue = await bot.channel.get_queue(Topology().requests)
    first, second = await queue.get(no_ack=True), await queue.get(no_ack=True)
    assert [each.headers.get("traceparent") for each in (first, second)] == [trace, None]


async def test_the_same_again_changes_nothing(
    start_workers: StartWorkers, publisher: Publisher, subscriber: Subscriber
) -> None:
    [worker] = await start_workers()
    handover = a_handover()
    await publisher.publish(handover)
    await publisher.publish(handover)
    await worker.logged("redelivered", count=1)
    assert len(await subscriber.until(1)) == 1


async def test_it_is_told_who_is_coming(
    connection: asyncpg.Connection, start_workers: StartWorkers, publisher: Publisher
) -> None:
    await given_agents(connection, max_sessions=1)
    await start_workers()
    first, second = (
        await publisher.ask(a_handover("1", event_id="e-1")),
        await publisher.ask(a_handover("2", event_id="e-2")),
    )
    assert first
    assert second
    assert (first.what, first.agent_name, first.handover_id) == ("assigned", "agent 1", "e-1")
    assert (second.what, second.reason, second.handover_id) == ("waiting", "all_at_capacity", "e-2")


async def test_nobody_there_to_answer_is_no_failure(bot: Bot, publisher: Publisher) -> None:
    assert await publisher.ask(a_handover(), answer_seconds=0.1) is None
    assert await bot.waiting_messages(Topology().requests) == 1


async def test_what_no_queue_takes_is_not_confirmed(amqp_url: str, bot: Bot) -> None:
    await bot.channel.queue_delete(Topology().requests)
    async with Publisher(amqp_url, source="/bots/tests", within_seconds=0.5) as publisher:
        with pytest.raises(NotConfirmed, match=r"^handover e-1 is not confirmed after 0\.5 seconds"):
            await publisher.publish(a_handover(event_id="e-1"))


async def test_it_can_be_published_as_soon_as_there_is_a_queue(
    amqp_url: str, start_workers: StartWorkers
) -> None:
    async with Publisher(amqp_url, source="/bots/tests", within_seconds=30) as publisher:
        publishing = asyncio.ensure_future(publisher.publish(a_handover()))
        await start_workers()
        await publishing


async def test_a_broker_that_is_away_is_tried_until_the_time_is_over() -> None:
    async with Publisher(
        "amqp://guest:guest@127.0.0.1:1/", source="/bots/tests", within_seconds=0.5
    ) as publisher:
        with pytest.raises(NotConfirmed):
            await publisher.publish(a_handover())


@pytest.mark.timeout(60)
async def test_a_confirm_lost_on_its_way_is_a_retry_under_the_same_id(
    amqp_url: str, proxy: Proxy, start_workers: StartWorkers, subscriber: Subscriber
) -> None:
    [worker] = await start_workers()
    async with Publisher(through(amqp_url, proxy.port), source="/bots/tests", within_seconds=30) as publisher:
        await publisher.publish(a_handover("1"))
        proxy.cut_after(b"handover.requested.v1", every=2)
        for number in range(2, 8):
            await publisher.publish(a_handover(str(number)))
    await worker.logged("redelivered")
    events = await subscriber.until(7)
    assert proxy.cuts >= 3
    assert sorted(event.contact_id for event in events) == [str(number) for number in range(1, 8)]


@pytest.mark.timeout(60)
async def test_a_connection_that_was_reset_between_two_is_made_again(
    amqp_url: str, bot: Bot, proxy: Proxy
) -> None:
    async with Publisher(through(amqp_url, proxy.port), source="/bots/tests") as publisher:
        await publisher.publish(a_handover("1"))
        proxy.reset()
        await publisher.publish(a_handover("2"))
    assert await bot.waiting_messages(Topology().requests) == 2


@pytest.mark.timeout(60)
async def test_a_connection_that_swallows_what_it_is_given_is_given_up_for_another(
    amqp_url: str, bot: Bot, proxy: Proxy
) -> None:
    """Heartbeats go on, so nothing but the missing confirm tells of it."""
    async with Publisher(through(amqp_url, proxy.port), source="/bots/tests", within_seconds=30) as publisher:
        await publisher.publish(a_handover("1"))
        publishing = await swallowed(proxy, publisher.publish(a_handover("2")))
        await publishing
        await publisher.publish(a_handover("3"))
    assert await bot.waiting_messages(Topology().requests) == 3


async def test_a_broker_that_hangs_up_with_its_last_frame_is_lost_like_any_other(
    amqp_url: str, bot: Bot, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[asyncio.StreamReader] = []
    theirs: Any = Receiver.__base__  # the client's own: the worker has put another in its place

    def reading(reader: asyncio.StreamReader) -> Any:
        readers.append(reader)
        return theirs(reader)

    monkeypatch.setattr("aiormq.connection.FrameReceiver", reading)
    async with Publisher(through(amqp_url, proxy.port), source="/bots/tests", within_seconds=30) as publisher:
        await publisher.publish(a_handover("1"))
        publishing = await swallowed(proxy, publisher.publish(a_handover("2")))
        [reader] = readers
        reader.feed_data(HEARTBEAT)
        reader.feed_eof()
        await publishing
    assert await bot.waiting_messages(Topology().requests) == 2
