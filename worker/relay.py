"""Committed events out: published with confirms, then gone from the outbox.

A subscriber may see an event twice: when a worker dies, or its lease ends, between publishing and deleting the
row. The id and `sessionVersion` are the same both times. There is no path on which it sees an event never: the row
is deleted only after the broker has confirmed it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog
from aiormq.channel import Channel

from schemas import CONTENT_TYPE
from schemas.trace import TRACEPARENT
from worker import metrics, sql
from worker.announcement import Announcement
from worker.broker import LOST, complaint, losing_is_no_cancelling, open_channel, reconnecting
from worker.database import Database
from worker.framing import Outgoing
from worker.persistence import persist
from worker.topology import Topology
from worker.tracing import Tracing
from worker.window import publish

log = structlog.get_logger()

CONFIRM_SECONDS = 30
WINDOW = 100
"""Events published at once: what else is ready gets its turn before the next ones."""

WINDOWS = 20
"""Windows in flight at once: the next ones travel while the broker writes the first to its disk."""

REST_SECONDS = 0.05
"""Between deletions: each is a commit that waits for the disk, and the handovers' own commits wait with it."""

ROOM_SECONDS = 1
"""The longest that handovers wait for a broker that takes events more slowly than they come."""

BACKLOG = 10_000
"""Events held in memory while the broker is away; what exceeds it waits in the outbox for the sweeper."""


@dataclass(slots=True)
class _Life:
    """A channel, until `trouble` comes of it."""

    channel: Channel
    trouble: asyncio.Future[None]
    windows: asyncio.TaskGroup
    in_flight: int = 0


class Relay:
    """Publishes what it is offered, in order, for as long as that takes."""

    def __init__(self, url: str, name: str, topology: Topology, database: Database, tracing: Tracing) -> None:
        self._url, self._name, self._topology = url, name, topology
        self._database, self._tracing = database, tracing
        self._pending: dict[UUID, Announcement] = {}
        self._unsent: deque[Announcement] = deque()
        self._confirmed: set[UUID] = set()
        self._any_confirmed = asyncio.Event()
        self.roomy = asyncio.Event()
        self.roomy.set()
        self._life: _Life | None = None
        self._drained = asyncio.Event()
        self._drained.set()
        self.ready = asyncio.Event()

    @property
    def held(self) -> list[UUID]:
        """The events that are ours to publish: nobody else in this process may."""
        return [*self._pending, *self._confirmed]

    def offer(self, announcements: Sequence[Announcement]) -> None:
        """Take on committed events, but for those it has; returns at once.

        The sweeper may bring one that was offered while its look at the outbox waited for a lock.
        """
        known = self._pending.keys() | self._confirmed
        new = [each for each in announcements if each.id not in known]
        room = max(0, BACKLOG - len(self._pending))
        for announcement in new[:room]:
            self._pending[announcement.id] = announcement
            self._unsent.append(announcement)
        if new[room:]:
            log.warning("left_to_sweep", count=len(new) - room)
        if self._pending:
            self._drained.clear()
            self._send()
        if len(self._pending) > BACKLOG // 2:
            self.roomy.clear()

    async def room(self) -> None:
        """Wait for room for more, a second at most: what it cannot hold is swept, and that is late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ROOM_SECONDS):
                await self.roomy.wait()

    async def drained(self) -> None:
        """Wait until everything offered is confirmed and deleted."""
        await self._drained.wait()

    async def run(self) -> None:
        """Publish, and delete what was confirmed, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish_for_ever())
            tasks.create_task(self._delete_for_ever())

    async def _publish_for_ever(self) -> None:
        while True:
            async for attempt in reconnecting("relay"):
                with attempt:
                    await self._one_life()

    async def _delete_for_ever(self) -> None:
        with losing_is_no_cancelling():
            while True:
                await self._any_confirmed.wait()
                self._any_confirmed.clear()
                if self._confirmed:
                    await self._delete(list(self._confirmed))
                await asyncio.sleep(REST_SECONDS)

    async def _delete(self, confirmed: Sequence[UUID]) -> None:
        await persist(
            self._database,
            lambda connection: connection.execute(sql.delete_confirmed_events, confirmed),
            patient=True,
        )
        self._confirmed.difference_update(confirmed)
        if not (self._pending or self._confirmed):
            self._drained.set()

    async def _one_life(self) -> None:
        async with open_channel(self._url, self._name, self._topology) as channel:
            # What a former life sent and was not told of goes again, first.
            self._unsent = deque(self._pending.values())
            trouble: asyncio.Future[None] = channel.create_future()  # fails with the channel
            self.ready.set()
            try:
                async with asyncio.TaskGroup() as windows:
                    self._life = _Life(channel, trouble, windows)
                    try:
                        self._send()
                        await asyncio.wait((trouble,))
                    finally:
                        self._life = None
                await trouble
            finally:
                self.ready.clear()

    def _send(self) -> None:
        """Send a window, and the next when others had their turn; when too many are in flight, when one is answered."""
        life = self._life
        if life and self._unsent and life.in_flight < WINDOWS and not life.trouble.done():
            window = [self._unsent.popleft() for _ in range(min(WINDOW, len(self._unsent)))]
            life.in_flight += 1
            life.windows.create_task(self._see_through(life, window))
            asyncio.get_running_loop().call_soon(self._send)

    async def _see_through(self, life: "_Life", window: Sequence[Announcement]) -> None:
        """A window that a client cancels is trouble: a task group does not notice, and nobody else may publish it."""
        try:
            with losing_is_no_cancelling():
                await self._publish(life.channel, window, life.trouble)
        except LOST as error:
            if not life.trouble.done():
                life.trouble.set_exception(error)
        life.in_flight -= 1
        self._send()

    async def _publish(
        self, channel: Channel, window: Sequence[Announcement], trouble: asyncio.Future[None]
    ) -> None:
        """Publish, and note what was confirmed; the first refusal is `trouble`, and the channel is given up."""
        with metrics.PUBLISH.time(), self._tracing.sending(list(map(outgoing, window))) as sending:
            refused = sending.refused = await publish(
                channel, self._topology.sessions, sending.messages, within_seconds=CONFIRM_SECONDS
            )
        metrics.published(len(window) - len(refused), len(refused))
        if refused:
            error = next(iter(refused.values()))
            log.warning("publish_failed", count=len(refused), error=complaint(error))
            if not trouble.done():
                trouble.set_exception(error)
        for position, each in enumerate(window):
            if position not in refused:
                del self._pending[each.id]
                self._confirmed.add(each.id)
        self._any_confirmed.set()
        if len(self._pending) <= BACKLOG // 2:
            self.roomy.set()


def outgoing(announcement: Announcement) -> Outgoing:
    """The message it travels as."""
    return Outgoing(
        routing_key=announcement.routing_key,
        content_type=CONTENT_TYPE,
        correlation_id=announcement.correlation_id,
        message_id=str(announcement.id),
        timestamp=announcement.time,
        type=announcement.type,
        app_id="handover-worker",
        body=announcement.body,
        headers={TRACEPARENT: announcement.traceparent} if announcement.traceparent else {},
    )
