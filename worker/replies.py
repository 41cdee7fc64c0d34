"""Answers to handovers that name a queue in AMQP's `reply_to`: the session event, sent there as well.

Best effort, once it is committed, on a connection of its own that the first of them opens: a queue that refuses, or
a default exchange that this user may not write to, costs only those who asked. What is lost is lost: the session
event is the truth. A handover that was handled before is looked up for its answer, away from those that are new.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import asyncpg
import structlog
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError

from schemas import Handover
from worker.announcement import Announcement
from worker.broker import complaint, open_channel, reconnecting
from worker.database import Database
from worker.errors import sentence
from worker.framing import MAX_SHORT, Outgoing
from worker.handover import Outcome
from worker.recalling import identity, recall
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


RECALL_SECONDS = 5
T = TypeVar("T")
REFUSED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What PostgreSQL makes a look-up raise, or its absence."""


class Question(NamedTuple):
    """Who wants to be told of a handover: the queue, and by what they know the answer."""

    reply_to: str
    correlation_id: str
    handover: Handover

    @property
    def can_be_answered(self) -> bool:
        """Whether both fit into an answer: bytes that are not UTF-8 were read as a character of three."""
        return all(len(text.encode()) <= MAX_SHORT for text in (self.reply_to, self.correlation_id))

    def answer(self, told: Announcement) -> Outgoing:
        """The event, as it goes to them."""
        return outgoing(told)._replace(routing_key=self.reply_to, correlation_id=self.correlation_id)


class Replies:
    """Sends the replies it is offered."""

    def __init__(self, url: str, name: str, topology: Topology, database: Database) -> None:
        self._url, self._name, self._topology = url, name, topology
        self._database = database
        self._own = frozenset(queues(topology))
        self._unsent: deque[Outgoing] = deque(maxlen=BACKLOG)
        self._unrecalled: deque[Question] = deque(maxlen=BACKLOG)
        self._offered = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def offer(self, requests: Iterable[tuple[Delivery, Handover]], outcome: Outcome) -> None:
        """Take on what is to be told of a batch that is committed; returns at once."""
        if not (asked := list(self._questions(requests))):
            return
        told = {
            (decision.session.tenant_id, decision.handover_id, decision.session.contact_id): announcement
            for decision, announcement in zip(outcome.decisions, outcome.announcements, strict=True)
        }
        for question in asked:
            if announcement := told.get(identity(question.handover)):
                self._unsent.append(question.answer(announcement))
            else:
                self._unrecalled.append(question)
        self._offered.set()
        self._drained.clear()

    def _questions(self, requests: Iterable[tuple[Delivery, Handover]]) -> Iterable[Question]:
        """Those that name a queue to be told on, and can be, but for our own queues."""
        for delivery, handover in requests:
            properties = delivery.properties
            if properties.reply_to and properties.reply_to not in self._own:
                question = Question(
                    properties.reply_to, properties.correlation_id or handover.event_id, handover
                )
                if question.can_be_answered:
                    yield question

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
                try:
                    await _send(channel, _window(self._unsent))
                    await _send(channel, await self._recalled())
                finally:
                    if not (self._unsent or self._unrecalled):
                        self._offered.clear()
                        self._drained.set()

    async def _recalled(self) -> list[Outgoing]:
        """The answers to those who ask of what was handled before; none, and it is logged, when they are not known."""
        if not (asked := _window(self._unrecalled)):
            return []
        try:
            async with asyncio.timeout(RECALL_SECONDS), self._database.connection() as connection:
                told = await recall(connection, [question.handover for question in asked])
        except REFUSED as error:
            log.warning("replies_lost", count=len(asked), error=sentence(error))
            return []
        return [
            question.answer(announcement)
            for question in asked
            if (announcement := told.get(identity(question.handover)))
        ]

    async def _is_offered_before_closing(self, channel: Channel) -> bool:
        offered, closing = asyncio.ensure_future(self._offered.wait()), channel.closing
        try:
            await asyncio.wait({offered, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            offered.cancel()
            closing.cancel()
        return not channel.is_closed


def _window(waiting: deque[T]) -> list[T]:
    return [waiting.popleft() for _ in range(min(WINDOW, len(waiting)))]


async def _send(channel: Channel, window: Sequence[Outgoing]) -> None:
    """Publish once. A refusal is the end of a reply, not of the channel; raises one of LOST when that is gone."""
    if not window:
        return
    refused = await publish(channel, DEFAULT_EXCHANGE, window, within_seconds=CONFIRM_SECONDS)
    if refused:
        errors = [error for error in refused.values() if not isinstance(error, DeliveryError)]
        log.warning("replies_lost", count=len(refused), error=complaint(next(iter(refused.values()))))
        if errors:
            raise errors[0]
