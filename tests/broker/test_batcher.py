"""The batcher takes no more than whoever announces it can hold, and outlives the channels it settles on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest
from aiormq.channel import Channel
from builders import a_handover, given_agents
from processes import IN_TIME, Bot

from worker.announcement import Announcement
from worker.batcher import Batcher
from worker.consumer import Consumer
from worker.database import Database
from worker.desks import Routing
from worker.topology import Topology
from worker.tracing import Untraced


async def _always() -> None:
    pass


async def _holds(consumer: Consumer, unsettled: int) -> None:
    while consumer.unsettled != unsettled:
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _batching(
    database: str, amqp_url: str, room: Callable[[], Awaitable[None]] = _always
) -> AsyncIterator[tuple[Consumer, asyncio.Queue[Announcement]]]:
    """A batcher at work on a consumer, and what it announces."""
    announced: asyncio.Queue[Announcement] = asyncio.Queue()

    def announce(announcements: Sequence[Announcement]) -> None:
        for each in announcements:
            announced.put_nowait(each)

    own = Database(database, "test")
    consumer = Consumer(amqp_url, "test", Topology(), Topology().requests, 10)
    batcher = Batcher(
        consumer,
        own,
        announce,
        room,
        lambda *_: None,
        limit=10,
        routing=Routing(),
        tracing=Untraced(),
    )
    running = [asyncio.ensure_future(work) for work in (consumer.run(), batcher.run())]
    try:
        async with asyncio.timeout(IN_TIME):
            yield consumer, announced
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        own.discard()


async def test_handovers_wait_for_room_for_their_events(
    connection: asyncpg.Connection, database: str, amqp_url: str, bot: Bot
) -> None:
    await given_agents(connection)
    asked, room = asyncio.Event(), asyncio.Event()

    async def wait_for_room() -> None:
        asked.set()
        await room.wait()

    async with _batching(database, amqp_url, wait_for_room) as (consumer, announced):
        await bot.hand_over(a_handover("1"))
        await announced.get()
        await asked.wait()
        await _holds(consumer, 0)
        await bot.hand_over(a_handover("2"))
        await _holds(consumer, 1)
        early = announced.qsize()
        handled = await connection.fetchval("select count(*) from handover.handled_events")
        room.set()
        await announced.get()

    assert (early, handled) == (0, 1)


async def test_a_channel_that_is_given_up_while_it_is_acknowledged_on_holds_nothing_up(
    connection: asyncpg.Connection, database: str, amqp_url: str, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for a dead connection is cancelled by the client."""
    await given_agents(connection)
    acknowledged = 0

    async def basic_ack(*_: object, **__: object) -> None:
        nonlocal acknowledged
        acknowledged += 1
        raise asyncio.CancelledError

    monkeypatch.setattr(Channel, "basic_ack", basic_ack)
    told = []
    async with _batching(database, amqp_url) as (_, announced):
        for number in range(3):
            await bot.hand_over(a_handover(str(number)))
            told.append((await announced.get()).correlation_id)

    assert len(set(told)) == 3
    assert acknowledged >= 2
