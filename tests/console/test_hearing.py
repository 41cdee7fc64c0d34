"""The console's ear, by itself: what nobody may have heard is told of when everything is heard again, not before."""

import asyncio

import pytest
from aiormq.channel import Channel
from processes import IN_TIME

from worker.config import load
from worker.console.hearing import Ear
from worker.console.news import News
from worker.console.pages import Pages, message

RESYNC = message("resync", {"why": "rabbitmq"})


async def test_pages_are_told_to_look_anew_when_the_queue_is_bound_again_and_not_before(
    amqp_url: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMQP_URL", amqp_url)
    monkeypatch.setenv("DATABASE_URL", database)
    bound, begun = asyncio.Event(), asyncio.Event()
    channels: list[Channel] = []
    begin = Ear._begin

    async def held(self: Ear, channel: Channel, queue: str) -> str:
        channels.append(channel)
        begun.set()
        await bound.wait()
        return await begin(self, channel, queue)

    monkeypatch.setattr(Ear, "_begin", held)
    pages, told = Pages(), list[bytes]()
    ear = Ear(load(None), pages, News(), lambda: None)
    hearing = asyncio.ensure_future(ear.hear())

    async def read() -> None:
        async for said in page:
            told.append(said)

    with pages.opened() as page:
        reading = asyncio.ensure_future(read())
        async with asyncio.timeout(IN_TIME):
            bound.set()
            while not ear._listening.is_set():
                await asyncio.sleep(0.01)
            assert told == []

            bound.clear()
            begun.clear()
            await channels[0].close()
            await begun.wait()
            assert told == []

            bound.set()
            while told != [RESYNC]:
                await asyncio.sleep(0.01)
        reading.cancel()
    hearing.cancel()
