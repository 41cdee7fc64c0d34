"""Session events as they are published, through a queue of our own that goes when we do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import AMQPConnectionError

from worker.broker import CALL_SECONDS


class Feed:
    """The bodies of events that have arrived."""

    def __init__(self) -> None:
        self._bodies: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._ended = False

    def end(self) -> None:
        """Let the reader finish."""
        self._ended = True
        self._bodies.put_nowait(None)

    def lose(self) -> None:
        """The channel is gone."""
        self._bodies.put_nowait(None)

    async def receive(self, message: DeliveredMessage) -> None:
        self._bodies.put_nowait(message.body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each event's body, until `end`. Raises AMQPConnectionError when the broker went away."""
        while not self._ended and (body := await self._bodies.get()) is not None:
            yield body
        if not self._ended:
            raise AMQPConnectionError("the connection was lost")


@asynccontextmanager
async def subscribed(channel: Channel, exchange: str, key: str) -> AsyncIterator[Feed]:
    """What is published from now on. Raises aiormq's ChannelNotFoundEntity when the exchange is not there."""
    feed = Feed()
    async with asyncio.timeout(CALL_SECONDS):
        queue = (await channel.queue_declare(exclusive=True)).queue or ""
        await channel.queue_bind(queue, exchange, key)
        channel.on_consumer_cancel_callbacks.add(lambda _: feed.lose())
        await channel.basic_consume(queue, feed.receive, no_ack=True)
    closing = channel.closing
    closing.add_done_callback(lambda _: feed.lose())
    try:
        yield feed
    finally:
        closing.cancel()
