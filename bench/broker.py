"""The queues of a run: emptied, loaded, counted, read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import islice

import aio_pika
import aiormq
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import AMQPError
from pamqp.commands import Basic

from bench.traffic import Request
from schemas import CONTENT_TYPE
from worker.topology import REQUESTED, Topology, declare

SINK = "bench.sink"
PUBLISHED_AT_ONCE = 2000


@asynccontextmanager
async def opened(url: str, *, confirms: bool = True) -> AsyncIterator[Channel]:
    """A channel on a connection of its own."""
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel(publisher_confirms=confirms)
        if not isinstance(channel, Channel):
            raise TypeError(f"aiormq's channel is {channel!r}")
        yield channel
    finally:
        with suppress(AMQPError, OSError):
            await connection.close()


async def reset(url: str, topologies: Iterable[Topology] = (Topology(),), *, sink: bool = True) -> None:
    """Delete what the last run left, and declare everything anew; with a queue that collects the events if asked."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for topology in topologies:
            for queue in (topology.requests, topology.agents, topology.dead_letters):
                await channel.queue_delete(queue)
            await declare(channel, topology)
        await channel.queue_delete(SINK)
        if sink:
            queue_ = await channel.declare_queue(SINK, durable=True, arguments={"x-queue-type": "quorum"})
            await queue_.bind(Topology().sessions, "session.#")


async def load(
    url: str,
    requests: Iterable[Request],
    *,
    exchange: str = Topology().exchange,
    key: Callable[[Request], str] = lambda _: REQUESTED,
) -> None:
    """Publish handovers as a bot does, each confirmed, many at once."""
    async with opened(url) as channel:
        waiting = iter(requests)
        while chunk := list(islice(waiting, PUBLISHED_AT_ONCE)):
            await asyncio.gather(
                *(publish(channel, each, exchange=exchange, key=key(each)) for each in chunk)
            )


async def publish(
    channel: Channel, request: Request, *, exchange: str = Topology().exchange, key: str = REQUESTED
) -> None:
    """Publish one, and wait until it is confirmed."""
    await channel.basic_publish(
        request.body,
        exchange=exchange,
        routing_key=key,
        properties=Basic.Properties(content_type=CONTENT_TYPE, delivery_mode=2, message_id=request.id),
        wait=False,
    )


async def count(channel: Channel, queue: str) -> int:
    """How many messages a queue has ready."""
    declared = await channel.queue_declare(queue, passive=True)
    return declared.message_count or 0


async def drained(url: str, queue: str) -> Sequence[DeliveredMessage]:
    """Everything a queue holds, taken out of it; nobody publishes to it any more."""
    messages: list[DeliveredMessage] = []
    all_there = asyncio.Event()

    async def take(message: DeliveredMessage) -> None:
        messages.append(message)
        if len(messages) == expected:
            all_there.set()

    async with opened(url, confirms=False) as channel:
        expected = await count(channel, queue)
        if expected:
            await channel.basic_consume(queue, take, no_ack=True)
            await all_there.wait()
    return messages
