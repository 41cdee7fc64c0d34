"""Answers to handovers that name a queue in AMQP's `reply_to`: the session event, sent there as well.

Best effort, once it is committed, on a connection of its own that the first of them opens: a queue that refuses, or
a default exchange that this user may not write to, costs only those who asked. What is lost is lost: the session
event is the truth.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence

import structlog
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError

from schemas import Handover
from worker.broker import complaint, open_channel, reconnecting
from worker.framing import Outgoing
from worker.handover import Outcome
from worker.relay import outgoing
from worker.subscription import Delivery
from worker.topology import Topology, queues
from worker.window import publish

log = structlog.get_logger()

DEFAULT_EXCHANGE = ""
CONFIRM_SECONDS = 30
WINDOW = 500
BACKLOG = 1_000
"""Replies held in memory; more push out the oldest, whose bots have waited longest."""


def replies(
    requests: Iterable[tuple[Delivery, Handover]], outcome: Outcome, forbidden: Collection[str]
) -> list[Outgoing]:
    """What to tell those who asked, of the handovers decided just now; queues that are `forbidden` are told nothing."""
    asked = [
        (delivery.properties, handover) for delivery, handover in requests if delivery.properties.reply_to
    ]
    if not asked:
        return []
    told = {
        (decision.session.tenant_id, decision.handover_id, decision.session.contact_id): announcement
        for decision, announcement in zip(outcome.decisions, outcome.announcements, strict=True)
    }
    return [
        outgoing(announcement)._replace(
            routing_key=properties.reply_to or "",
            correlation_id=properties.correlation_id or handover.event_id,
        )
        for properties, handover in asked
        if properties.reply_to not in forbidden
        and (announcement := told.get((handover.tenant_id, handover.event_id, handover.contact_id)))
    ]


class Replies:
    """Sends the replies it is offered."""

    def __init__(self, url: str, name: str, topology: Topology) -> None:
        self._url, self._name, self._topology = url, name, topology
        self._own = frozenset(queues(topology))
        self._unsent: deque[Outgoing] = deque(maxlen=BACKLOG)
        self._offered = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def offer(self, requests: Iterable[tuple[Delivery, Handover]], outcome: Outcome) -> None:
        """Take on what is to be told of a batch that is committed; returns at once."""
        if found := replies(requests, outcome, self._own):
            self._unsent.extend(found)
            self._offered.set()
            self._drained.clear()

    async def drained(self) -> None:
        """Wait until everything offered is sent, or lost."""
        await self._drained.wait()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._offered.wait()
            async for attempt in reconnecting("replies"):
                with attempt:
                    await self._one_life()

    async def _one_life(self) -> None:
        async with open_channel(self._url, self._name, self._topology) as channel:
            while await self._is_offered_before_closing(channel):
                window = [self._unsent.popleft() for _ in range(min(WINDOW, len(self._unsent)))]
                try:
                    await _send(channel, window)
                finally:
                    if not self._unsent:
                        self._offered.clear()
                        self._drained.set()

    async def _is_offered_before_closing(self, channel: Channel) -> bool:
        offered, closing = asyncio.ensure_future(self._offered.wait()), channel.closing
        try:
            await asyncio.wait({offered, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            offered.cancel()
            closing.cancel()
        return not channel.is_closed


async def _send(channel: Channel, window: Sequence[Outgoing]) -> None:
    """Publish once. A refusal is the end of a reply, not of the channel; raises one of LOST when that is gone."""
    refused = await publish(channel, DEFAULT_EXCHANGE, window, within_seconds=CONFIRM_SECONDS)
    if refused:
        errors = [error for error in refused.values() if not isinstance(error, DeliveryError)]
        log.warning("replies_lost", count=len(refused), error=complaint(next(iter(refused.values()))))
        if errors:
            raise errors[0]
