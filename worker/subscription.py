"""A subscription: one channel's life as a consumer, and the deliveries that can be settled on it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from worker.broker import CALL_SECONDS, LOST, complaint, losing_is_no_cancelling
from worker.core.settlement import Unsettled
from worker.frames import Frames

log = structlog.get_logger()

LOOK_SECONDS = 1
SILENT_LOOKS = 4
"""How many looks in a row a channel may bring nothing until another takes its place."""


@dataclass(slots=True, eq=False)
class Delivery:
    """A message, and the subscription it can be settled on. `attempts` counts our own tries.

    `blocked`: it waits for a lock, so it is tried apart from those that do not. `event`: what it says, once
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
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    tag: str | None = None
    latest: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def alive(self) -> bool:
        """Whether its deliveries can still be settled."""
        return not self.channel.is_closed

    async def consume(self) -> None:
        """Ask for deliveries."""
        if not isinstance(self.channel.frames, Frames):
            self.channel.frames = Frames(self.channel.frames, self._receive)  # type: ignore[assignment]
        async with self.asking:
            if self.tag is None:
                ok = await self.channel.basic_consume(self.queue, _never, timeout=CALL_SECONDS)
                self.tag = ok.consumer_tag

    async def pause(self) -> None:
        """Ask for no more; what was delivered stays ours."""
        async with self.asking:
            if self.tag is not None:
                tag, self.tag = self.tag, None
                await self.channel.basic_cancel(tag, timeout=CALL_SECONDS)

    async def settle(self, tags: list[int]) -> None:
        """Acknowledge what is done; nothing when the channel is gone, the broker delivers it again then."""
        acks = self.unsettled.settle(tags)
        self.settled.set()
        try:
            with losing_is_no_cancelling():
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

    async def fallen_silent(self) -> None:
        """Return when nothing has come for a while and nothing is left to settle, though deliveries are wanted.

        The queue may be empty. Or RabbitMQ forgot this consumer and will never say so: 3.10.8 moves those of a quorum
        queue that is deleted and at once declared anew over to the new one, counts deliveries to them, and sends none.
        """
        silent = 0
        while silent < SILENT_LOOKS:
            latest = self.latest
            await asyncio.sleep(LOOK_SECONDS)
            idle = self.tag is not None and self.latest == latest and not len(self.unsettled)
            silent = silent + 1 if idle else 0

    async def retire(self) -> None:
        """Ask for no more, settle what still came, and close the channel: what was lost on it is delivered anew."""
        await self.pause()
        while len(self.unsettled):
            self.settled.clear()
            await self.settled.wait()
        async with asyncio.timeout(CALL_SECONDS):
            await self.channel.close()

    def _receive(self, frame: Basic.Deliver, header: ContentHeader, body: bytes) -> None:
        tag = frame.delivery_tag or 0
        self.latest = tag
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
