"""Committed events out: published with confirms, then gone from the outbox.

A subscriber may see an event twice: when a worker dies, or its lease ends, between publishing and deleting the
row. The id and `sessionVersion` are the same both times. There is no path on which it sees an event never: the row
is deleted only after the broker has confirmed it.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from aiormq.channel import Channel
from pamqp.commands import Basic

from schemas import CONTENT_TYPE
from worker import sql
from worker.announcement import Announcement
from worker.broker import complaint, open_channel, reconnecting
from worker.database import Database
from worker.persistence import persist
from worker.topology import Topology
from worker.window import Outgoing, publish

log = structlog.get_logger()

CONFIRM_SECONDS = 30
WINDOW = 500
"""Events in flight at once."""

BACKLOG = 10_000
"""Events held in memory while the broker is away; what exceeds it waits in the outbox for the sweeper."""

PERSISTENT = 2


class Relay:
    """Publishes what it is offered, in order, for as long as that takes."""

    def __init__(self, url: str, name: str, topology: Topology, database: Database) -> None:
        self._url, self._name, self._topology = url, name, topology
        self._database = database
        self._pending: dict[UUID, Announcement] = {}
        self._offered = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self.ready = asyncio.Event()

    @property
    def held(self) -> list[UUID]:
        """The events that are ours to publish: nobody else in this process may."""
        return list(self._pending)

    def offer(self, announcements: Sequence[Announcement]) -> None:
        """Take on committed events; returns at once."""
        for announcement in announcements[: max(0, BACKLOG - len(self._pending))]:
            self._pending[announcement.id] = announcement
        if self._pending:
            self._offered.set()
            self._drained.clear()

    async def drained(self) -> None:
        """Wait until everything offered is confirmed and deleted."""
        await self._drained.wait()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            async for attempt in reconnecting("relay"):
                with attempt:
                    await self._one_life()

    async def _one_life(self) -> None:
        async with open_channel(self._url, self._name, self._topology) as channel:
            self.ready.set()
            try:
                while not channel.is_closed:
                    await self._offered_or_closed(channel)
                    await self._publish(channel, list(self._pending.values())[:WINDOW])
            finally:
                self.ready.clear()

    async def _offered_or_closed(self, channel: Channel) -> None:
        if self._offered.is_set():
            return
        offered, closing = asyncio.ensure_future(self._offered.wait()), channel.closing
        try:
            await asyncio.wait({offered, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            offered.cancel()
            closing.cancel()

    async def _publish(self, channel: Channel, announcements: Sequence[Announcement]) -> None:
        if not announcements:
            return
        refused = await publish(
            channel,
            self._topology.sessions,
            list(map(_outgoing, announcements)),
            within_seconds=CONFIRM_SECONDS,
        )
        if confirmed := [each.id for number, each in enumerate(announcements) if number not in refused]:
            await persist(
                self._database,
                lambda connection: connection.execute(sql.delete_confirmed_events, confirmed),
                patient=True,
            )
            for event_id in confirmed:
                del self._pending[event_id]
        if not self._pending:
            self._offered.clear()
            self._drained.set()
        if refused:
            error = next(iter(refused.values()))
            log.warning("publish_failed", count=len(refused), error=complaint(error))
            raise error


def _outgoing(announcement: Announcement) -> Outgoing:
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        delivery_mode=PERSISTENT,
        message_id=str(announcement.id),
        correlation_id=announcement.correlation_id,
        message_type=announcement.type,
        timestamp=announcement.time,
        app_id="handover-worker",
    )
    return Outgoing(announcement.routing_key, properties, announcement.body)
