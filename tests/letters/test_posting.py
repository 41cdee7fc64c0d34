"""Whoever waits for the broker's answer to a letter learns that the broker fell silent."""

import asyncio

from chaos.proxy import in_front_of
from pamqp.commands import Basic

from worker.broker import LOST, channel_on, connected
from worker.letters.posting import BrokerLost, Post
from worker.letters.wire import Parcel

LETTER = Parcel(7, b"{}", Basic.Properties(message_id="e-1"))


async def test_a_broker_that_falls_silent_is_lost_and_cancels_nobody(amqp_url: str) -> None:
    async with in_front_of(f"{amqp_url}?heartbeat=1") as (url, proxy), connected(url, "test") as connection:
        channels = [await channel_on(connection, publisher_confirms=True) for _ in range(3)]
        await channels[0].queue_declare("letters", exclusive=True)
        sending, counting, asking = (Post(channel, "letters") for channel in channels)
        proxy.up.deaf = proxy.down.deaf = True

        posted, ready, consumers = await asyncio.gather(
            asyncio.ensure_future(sending.send([LETTER])),
            asyncio.ensure_future(counting.ready()),
            asyncio.ensure_future(asking.consumers()),
            return_exceptions=True,
        )

    assert not isinstance(posted, BaseException), repr(posted)
    assert (posted.confirmed, posted.refused, posted.unknown) == ([], [], [7])
    assert isinstance(ready, BrokerLost)
    assert isinstance(consumers, LOST)
