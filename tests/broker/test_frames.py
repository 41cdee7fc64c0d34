"""Deliveries, put together from their frames."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiormq.channel import Channel
from pamqp.commands import Basic

from worker.broker import open_channel
from worker.subscription import Delivery, Subscription
from worker.topology import Topology

QUEUE = "frames"


class Consuming:
    """A subscription, and what it delivered."""

    def __init__(self, channel: Channel) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self.subscription = Subscription(channel, QUEUE, self.deliveries.put_nowait)

    async def next(self) -> Delivery:
        async with asyncio.timeout(10):
            return await self.deliveries.get()


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[Channel]:
    async with open_channel(amqp_url, "test", Topology()) as opened:
        await opened.queue_declare(QUEUE, exclusive=True)
        yield opened


async def test_bodies_of_no_one_and_many_frames_are_delivered_in_order(channel: Channel) -> None:
    consuming = Consuming(channel)
    await consuming.subscription.consume()
    bodies = [b"", b"one", b"x" * 500_000, b"two"]
    for body in bodies:
        properties = Basic.Properties(message_id=str(len(body)), headers={"h": "v"})
        await channel.basic_publish(body, routing_key=QUEUE, properties=properties)

    deliveries = [await consuming.next() for _ in bodies]

    assert [delivery.body for delivery in deliveries] == bodies
    assert [delivery.tag for delivery in deliveries] == [1, 2, 3, 4]
    assert {delivery.routing_key for delivery in deliveries} == {QUEUE}
    assert [(each.properties.message_id, each.properties.headers) for each in deliveries] == [
        (str(len(body)), {"h": "v"}) for body in bodies
    ]


async def test_the_channel_goes_on_with_all_that_is_not_a_delivery(channel: Channel) -> None:
    consuming = Consuming(channel)
    await channel.queue_declare("other", exclusive=True)
    await channel.basic_publish(b"fetched", routing_key="other")
    await consuming.subscription.consume()
    await channel.basic_publish(b"delivered", routing_key=QUEUE)

    assert (await channel.basic_get("other", no_ack=True)).body == b"fetched"
    assert (await consuming.next()).body == b"delivered"
    await consuming.subscription.pause()
    await channel.basic_publish(b"kept", routing_key=QUEUE)
    assert (await channel.basic_get(QUEUE, no_ack=True)).body == b"kept"


async def test_a_consumer_that_the_broker_cancels_is_told(channel: Channel) -> None:
    consuming = Consuming(channel)
    cancelled = asyncio.Event()
    channel.on_consumer_cancel_callbacks.add(lambda _: cancelled.set())
    await consuming.subscription.consume()

    await channel.queue_delete(QUEUE)

    async with asyncio.timeout(10):
        await cancelled.wait()
