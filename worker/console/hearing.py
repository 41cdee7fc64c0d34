"""The console hears what is published to the `sessions` exchange, while somebody looks.

Through any number of connections. In a flood, of which nobody can read the single events, it stops listening for a
moment, so that the broker has no work with it, and says every two seconds that much has happened.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import AMQPConnectionError
from pamqp.common import Arguments

from schemas import EventError, decode_session_event
from worker.broker import (
    CALL_SECONDS,
    channel_on,
    complaint,
    connected,
    losing_is_no_cancelling,
    reconnecting,
)
from worker.config import Settings
from worker.console.news import News
from worker.console.pages import Pages, message
from worker.console.pulse import Queue
from worker.console.queues import depths
from worker.topology import Topology

log = structlog.get_logger()

NAME = "handover-console"
MOST_WAITING = 20_000
"""Events the broker keeps for us; more than so many nobody misses."""
FLOOD = 300
"""Events in a second from which on they are not listened to one by one."""
SECOND = 1.0
PAUSES = 2
PAUSE_SECONDS = 2.0
"""How long it does not listen then, and how often in that time pages are told to look anew."""
LINGER_SECONDS = 30.0
"""How long it listens when nobody looks any more: a page that is loaded anew is soon back."""


Closing = asyncio.Future[Any]
"""Done when the channel, or what it consumes, is gone."""


class Ear:
    """One console's. `trouble` is why it hears nothing, if it does not."""

    def __init__(self, settings: Settings, pages: Pages, news: News, changed: Callable[[], None]) -> None:
        self._settings, self._pages, self._news, self._changed = settings, pages, news, changed
        self._topology = Topology(settings.exchange, settings.sessions_exchange)
        self._heard = 0
        self._flooded = asyncio.Event()
        self._listening = asyncio.Event()
        self._missed = False
        self._connection: AbstractConnection | None = None
        self.trouble: str | None = "not connected yet"

    async def depths(self) -> dict[str, Queue | None]:
        """The worker's queues, while the broker is there. Raises one of worker.broker.LOST."""
        return await depths(self._connection, self._topology) if self._connection else {}

    async def listening(self, seconds: float) -> None:
        """Return when it hears all that is published from now on, or when that takes too long."""
        try:
            async with asyncio.timeout(seconds):
                await self._listening.wait()
        except TimeoutError:
            self._missed = True

    async def hear(self) -> None:
        """Until cancelled. `changed` is called when the broker came, and when it went."""
        async for attempt in reconnecting("console"):
            with attempt:
                try:
                    with losing_is_no_cancelling():
                        await self._one_life()
                except Exception as error:
                    self.trouble = complaint(error)
                    raise
                finally:
                    self._connection = None
                    self._missed = True
                    self._listening.clear()
                    self._changed()

    async def _one_life(self) -> None:
        async with connected(self._settings.amqp, NAME) as connection:
            channel = await channel_on(connection, publisher_confirms=False)
            exchange = self._settings.sessions_exchange
            async with asyncio.timeout(CALL_SECONDS):
                await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
            closing = channel.closing
            channel.on_consumer_cancel_callbacks.add(lambda _: closing.cancel())
            self._connection, self.trouble = connection, None
            self._changed()
            try:
                while True:
                    await _or_lost(closing, self._pages.watched())
                    await self._listen(channel, closing)
            finally:
                self._connection = None  # nobody asks on it what is in queues while it is being closed
                closing.cancel()

    async def _listen(self, channel: Channel, closing: Closing) -> None:
        """With a queue of our own, until nobody has looked for a while."""
        arguments: Arguments = {"x-max-length": MOST_WAITING}
        async with asyncio.timeout(CALL_SECONDS):
            queue = (await channel.queue_declare(exclusive=True, arguments=arguments)).queue or ""
        tag = await self._begin(channel, queue)
        self._listening.set()
        if self._missed:
            self._missed = False
            self._tell_to_look("rabbitmq")
        unwatched = 0.0
        while unwatched < LINGER_SECONDS:
            self._heard = 0
            self._flooded.clear()
            await _or_lost(closing, self._a_second())
            unwatched = 0.0 if len(self._pages) else unwatched + SECOND
            if self._flooded.is_set():
                await self._end(channel, queue, tag)
                for _ in range(PAUSES):
                    self._tell_to_look("many")
                    await _or_lost(closing, asyncio.sleep(PAUSE_SECONDS))
                tag = await self._begin(channel, queue)
                self._tell_to_look("many")
        self._listening.clear()
        async with asyncio.timeout(CALL_SECONDS):
            await channel.queue_delete(queue)

    async def _begin(self, channel: Channel, queue: str) -> str:
        async with asyncio.timeout(CALL_SECONDS):
            await channel.queue_bind(queue, self._settings.sessions_exchange, "#")
            return (await channel.basic_consume(queue, self._take, no_ack=True)).consumer_tag or ""

    async def _end(self, channel: Channel, queue: str, tag: str) -> None:
        async with asyncio.timeout(CALL_SECONDS):
            await channel.queue_unbind(queue, self._settings.sessions_exchange, "#")
            await channel.basic_cancel(tag)
            await channel.queue_purge(queue)

    async def _a_second(self) -> None:
        """Return after a second, or as soon as it has brought a flood."""
        try:
            async with asyncio.timeout(SECOND):
                await self._flooded.wait()
        except TimeoutError:
            return

    def _tell_to_look(self, why: str) -> None:
        """What is published from now on is heard, or this is said again when it is."""
        self._news.count += 1
        self._pages.tell(message("resync", {"why": why}))

    async def _take(self, delivered: DeliveredMessage) -> None:
        self._heard += 1
        if self._heard > FLOOD:
            self._flooded.set()
            return
        try:
            self._news.hear(decode_session_event(delivered.body))
        except EventError as error:
            log.info("passed_over", error=str(error))


async def _or_lost(closing: Closing, waiting: Coroutine[Any, Any, None]) -> None:
    """Wait, unless the channel or the queue goes away meanwhile. Raises AMQPConnectionError then."""
    wait = asyncio.ensure_future(waiting)
    try:
        await asyncio.wait((wait, closing), return_when=asyncio.FIRST_COMPLETED)
        if not wait.done():
            raise AMQPConnectionError("the connection was lost")
    finally:
        wait.cancel()
