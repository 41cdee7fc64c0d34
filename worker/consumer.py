"""Deliveries in: one queue, through as many connections as it takes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from worker.broker import (
    CALL_SECONDS,
    LOST,
    complaint,
    losing_is_no_cancelling,
    open_channel,
    reconnecting,
)
from worker.core.settlement import Unsettled
from worker.frames import Frames
from worker.topology import Topology

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Delivery:
    """A message, and the subscription it can be settled on. `attempts` counts our own tries.

    `blocked`: alone it waited for a lock in vain, so it is tried apart from the others. `event`: what it says, once
    it has been read (see worker.reading).
    """

    subscription: "Subscription"
    tag: int
    body: bytes
    properties: Basic.Properties
    exchange: str
    routing_key: str
    attempts: int = 0
    blocked: bool = False
    event: Any = None


@dataclass(slots=True, eq=False)
class Subscription:
    """One channel's life as a consumer. Once it is gone its deliveries are the broker's again, unsettled."""

    channel: Channel
    queue: str
    deliver: Callable[[Delivery], None]
    unsettled: Unsettled = field(default_factory=Unsettled)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    tag: str | None = None

    @property
    def alive(self) -> bool:
        """Whether its deliveries can still be settled."""
        return not self.channel.is_closed

    async def consume(self) -> None:
        """Ask for deliveries."""
        if not isinstance(self.channel.frames, Frames):
            self.channel.frames = Frames(self.channel.frames, self._receive)  # type: ignore[assignment]
        if self.tag is None:
            ok = await self.channel.basic_consume(self.queue, _never, timeout=CALL_SECONDS)
            self.tag = ok.consumer_tag

    async def pause(self) -> None:
        """Ask for no more; what was delivered stays ours."""
        if self.tag is not None:
            tag, self.tag = self.tag, None
            await self.channel.basic_cancel(tag, timeout=CALL_SECONDS)

    async def settle(self, tags: list[int]) -> None:
        """Acknowledge what is done; nothing when the channel is gone, the broker delivers it again then."""
        acks = self.unsettled.settle(tags)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if acks.up_to is not None:
                    await self.channel.basic_ack(acks.up_to, multiple=True, wait=False)
                for tag in acks.single:
                    await self.channel.basic_ack(tag, wait=False)
        except LOST as error:
            log.warning("acks_lost", queue=self.queue, count=len(tags), error=complaint(error))

    async def give_back(self) -> None:
        """Return everything that is not settled to the queue."""
        if len(self.unsettled) and self.alive:
            async with asyncio.timeout(CALL_SECONDS):
                await self.channel.basic_nack(0, multiple=True, requeue=True)

    def _receive(self, frame: Basic.Deliver, header: ContentHeader, body: bytes) -> None:
        tag = frame.delivery_tag or 0
        self.unsettled.delivered(tag)
        self.deliver(
            Delivery(
                subscription=self,
                tag=tag,
                body=body,
                properties=header.properties,
                exchange=frame.exchange or "",
                routing_key=frame.routing_key or "",
            )
        )


async def _never(message: DeliveredMessage) -> None:
    raise AssertionError(f"a delivery went past the subscription: {message!r}")


class Consumer:
    """Keeps the deliveries of a queue coming until it is stopped.

    `ahead` is what can be done with a delivery as it arrives: while the batch before it is waited for.
    """

    def __init__(
        self,
        url: str,
        name: str,
        topology: Topology,
        queue: str,
        prefetch: int,
        *,
        ahead: Callable[[Delivery], object] = lambda _: None,
    ) -> None:
        self.queue = queue
        self.ready = asyncio.Event()
        self._url, self._name, self._topology, self._prefetch = url, name, topology, prefetch
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._subscription: Subscription | None = None
        self._deliveries: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._closed = False
        self._ahead = ahead

    async def run(self) -> None:
        """Connect, consume, and begin again whenever that ends."""
        while True:
            async for attempt in reconnecting(self.queue):
                with attempt:
                    await self._one_life()

    async def take(self, limit: int) -> list[Delivery]:
        """What has arrived, `limit` at most, waiting for the first; nothing once closed.

        Deliveries of a dead channel are dropped: they are the broker's again, and it delivers them anew.
        """
        while not self._closed:
            batch: list[Delivery] = []
            while self._deliveries and len(batch) < limit:
                delivery = self._deliveries.popleft()
                if delivery.subscription.alive:
                    batch.append(delivery)
            if batch:
                return batch
            self._arrived.clear()
            await self._arrived.wait()
        return []

    @property
    def held(self) -> bool:
        """Whether we want no more for now."""
        return not self._wanted.is_set()

    @property
    def registered(self) -> bool:
        """Whether the broker sends us what is in the queue."""
        subscription = self._subscription
        return subscription is not None and subscription.alive and subscription.tag is not None

    @property
    def unsettled(self) -> int:
        """How many deliveries are ours and not settled."""
        subscription = self._subscription
        return len(subscription.unsettled) if subscription and subscription.alive else 0

    def _arrive(self, delivery: Delivery) -> None:
        self._ahead(delivery)
        self.offer(delivery)

    def offer(self, delivery: Delivery) -> None:
        """Put a delivery behind those that wait to be taken."""
        self._deliveries.append(delivery)
        self._arrived.set()

    def close(self) -> None:
        """Let whoever takes finish: there is nothing more to take."""
        self._closed = True
        self._arrived.set()

    async def pause(self) -> None:
        """Take no more work for now; what was delivered stays unacknowledged and ours."""
        self._wanted.clear()
        await self._tell(Subscription.pause)

    async def resume(self) -> None:
        """Take work again."""
        self._wanted.set()
        await self._tell(Subscription.consume)

    async def give_back(self) -> None:
        """Return what was delivered and not settled to the queue: at shutdown, after `pause`."""
        await self._tell(Subscription.give_back)

    async def _tell(self, order: Callable[[Subscription], Awaitable[None]]) -> None:
        if self._subscription is None or not self._subscription.alive:
            return
        try:
            with losing_is_no_cancelling():
                await order(self._subscription)
        except LOST as error:
            log.warning("broker_away", queue=self.queue, error=complaint(error))

    async def _one_life(self) -> None:
        async with open_channel(self._url, self._name, self._topology) as channel:
            subscription = Subscription(channel, self.queue, self._arrive)
            channel.on_consumer_cancel_callbacks.add(lambda _: subscription.cancelled.set())
            await channel.basic_qos(prefetch_count=self._prefetch, timeout=CALL_SECONDS)
            self._subscription = subscription
            if self._wanted.is_set():
                await subscription.consume()
            self.ready.set()
            log.info("consuming", queue=self.queue)
            await _until_over(subscription)
            self.ready.clear()
            log.warning("consumer_lost", queue=self.queue, unsettled=len(subscription.unsettled))


async def _until_over(subscription: Subscription) -> None:
    cancelled = asyncio.ensure_future(subscription.cancelled.wait())
    closing = subscription.channel.closing
    try:
        await asyncio.wait({cancelled, closing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        cancelled.cancel()
        closing.cancel()
