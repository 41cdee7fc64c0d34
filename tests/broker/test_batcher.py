"""The batcher takes no more than whoever announces it can hold."""

import asyncio
from collections.abc import Sequence

import asyncpg
from builders import a_handover, given_agents
from processes import IN_TIME, Bot

from worker.announcement import Announcement
from worker.batcher import Batcher
from worker.consumer import Consumer
from worker.database import Database
from worker.desks import Routing
from worker.topology import Topology
from worker.tracing import Untraced


async def test_handovers_wait_for_room_for_their_events(
    connection: asyncpg.Connection, database: str, amqp_url: str, bot: Bot
) -> None:
    await given_agents(connection)
    announced: asyncio.Queue[Announcement] = asyncio.Queue()
    asked, room = asyncio.Event(), asyncio.Event()

    def announce(announcements: Sequence[Announcement]) -> None:
        for each in announcements:
            announced.put_nowait(each)

    async def wait_for_room() -> None:
        asked.set()
        await room.wait()

    own = Database(database, "test")
    consumer = Consumer(amqp_url, "test", Topology(), Topology().requests, 10)
    batcher = Batcher(
        consumer,
        own,
        announce,
        wait_for_room,
        lambda *_: None,
        limit=10,
        routing=Routing(),
        tracing=Untraced(),
    )
    running = [asyncio.ensure_future(work) for work in (consumer.run(), batcher.run())]
    try:
        async with asyncio.timeout(IN_TIME):
            await bot.hand_over(a_handover("1"))
            await announced.get()
            await asked.wait()
            await bot.hand_over(a_handover("2"))
            while not consumer.unsettled:
                await asyncio.sleep(0.01)
            early = announced.qsize()
            handled = await connection.fetchval("select count(*) from handover.handled_events")
            room.set()
            await announced.get()
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        own.discard()

    assert (early, handled) == (0, 1)
