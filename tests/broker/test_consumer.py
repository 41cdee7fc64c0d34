"""A consumer whose channel brings nothing takes another, and nothing is lost or comes twice for it."""

import asyncio
from random import Random

import pytest
from processes import IN_TIME, Bot

from worker.consumer import Consumer
from worker.topology import Topology

SILENCE = 0.05


async def test_while_channels_take_turns_every_delivery_comes_once(
    bot: Bot, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.subscription.LOOK_SECONDS", SILENCE / 4)
    topology, rng = Topology(), Random(0)
    consumer = Consumer(amqp_url, "test", topology, topology.requests, 10)
    running = asyncio.ensure_future(consumer.run())
    came: list[bytes] = []
    channels = set()
    try:
        async with asyncio.timeout(IN_TIME):
            for number in range(40):
                await asyncio.sleep(rng.uniform(0, 2 * SILENCE))
                await bot.publish(b"%d" % number)
                for delivery in await consumer.take(10):
                    await asyncio.sleep(rng.uniform(0, SILENCE))
                    channels.add(delivery.subscription.channel.number)
                    came.append(delivery.body)
                    await delivery.subscription.settle([delivery.tag])
            while (
                await bot.channel.declare_queue(topology.requests, passive=True)
            ).declaration_result.consumer_count != 1:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.wait((running,))

    assert came == [b"%d" % number for number in range(40)]
    assert len(channels) > 3


async def test_a_consumer_that_is_paused_while_it_begins_is_paused(bot: Bot, amqp_url: str) -> None:
    topology = Topology()
    consumer = Consumer(amqp_url, "test", topology, topology.requests, 10)
    running = asyncio.ensure_future(consumer.run())
    try:
        async with asyncio.timeout(IN_TIME):
            while not consumer.registered:
                await asyncio.sleep(0.02)
            await consumer.pause()
            await asyncio.gather(consumer.resume(), consumer.resume(), consumer.pause())
            found = await bot.channel.declare_queue(topology.requests, passive=True)
    finally:
        running.cancel()
        await asyncio.wait((running,))

    assert found.declaration_result.consumer_count == 0
