"""Deliveries in: one queue, through as many connections as it takes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog
from aiormq.channel import Channel

from worker.broker import (
    CALL_SECONDS,
    LOST,
    complaint,
    losing_is_no_cancelling,
    of_aiormq,
    open_channel,
    reconnecting,
)
from worker.subscription import Delivery, Subscription
from worker.topology import Topology

log = structlog.get_logger()


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

    async def _tell(
        self, order: Callable[[Subscription], Awaitable[None]], subscription: Subscription | None = None
    ) -> None:
        subscription = subscription or self._subscription
        if subscription is None or not subscription.alive:
            return
        try:
            with losing_is_no_cancelling():
                await order(subscription)
        except LOST as error:
            log.warning("broker_away", queue=self.queue, error=complaint(error))

    async def _one_life(self) -> None:
        async with open_channel(self._url, self._name, self._topology) as channel:
            await self._subscribe(channel)
            log.info("consuming", queue=self.queue)
            try:
                with losing_is_no_cancelling():
                    await self._renew_when_silent(channel)
            except LOST as error:
                log.warning("broker_away", queue=self.queue, error=complaint(error))
            lost = self._subscription
            log.warning("consumer_lost", queue=self.queue, unsettled=len(lost.unsettled) if lost else 0)

    async def _renew_when_silent(self, channel: Channel) -> None:
        retiring: set[asyncio.Task[None]] = set()
        try:
            while (silent := self._subscription) and await _fell_silent(silent):
                await self._subscribe(await _another(channel))
                retiring.add(task := asyncio.ensure_future(self._tell(Subscription.retire, silent)))
                task.add_done_callback(retiring.discard)
        finally:
            for task in retiring:
                task.cancel()

    async def _subscribe(self, channel: Channel) -> None:
        subscription = Subscription(channel, self.queue, self._arrive)
        channel.on_consumer_cancel_callbacks.add(lambda _: subscription.cancelled.set())
        await channel.basic_qos(prefetch_count=self._prefetch, timeout=CALL_SECONDS)
        if self._wanted.is_set():
            await subscription.consume()
        self._subscription = subscription
        if not self._wanted.is_set():
            await subscription.pause()


async def _another(channel: Channel) -> Channel:
    """One more on the same connection."""
    return of_aiormq(await channel.connection.channel(publisher_confirms=False, timeout=CALL_SECONDS))


async def _fell_silent(subscription: Subscription) -> bool:
    """Wait until it falls silent, or is over."""
    silent = asyncio.ensure_future(subscription.fallen_silent())
    cancelled = asyncio.ensure_future(subscription.cancelled.wait())
    closing = subscription.channel.closing
    try:
        done, _ = await asyncio.wait({silent, cancelled, closing}, return_when=asyncio.FIRST_COMPLETED)
        return done == {silent}
    finally:
        silent.cancel()
        cancelled.cancel()
        closing.cancel()
