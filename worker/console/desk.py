"""What the console works with: connections for reading and for acting, the gate, and the pages that are open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from asyncpg import Connection, Pool

from worker import database
from worker.broker import LOST, losing_is_no_cancelling
from worker.config import Settings
from worker.console.day import Day
from worker.console.gate import Gate
from worker.console.hearing import Ear
from worker.console.news import News
from worker.console.pages import Pages, message_of_json
from worker.console.pulse import HEALTH, Pulse, Queue
from worker.console.replays import Replays
from worker.console.sharing import Answers

NAME = "handover-console"
READERS = 4
"""Reads at a time: fifty pages take turns."""
TURN_SECONDS = 10
CLOSE_SECONDS = 5
DEPTHS_SECONDS = 3


class Desk:
    """Connections to PostgreSQL; whoever reads cannot write."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._readers: Pool = database.pool(dsn, name=NAME, size=READERS)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection in a transaction that changes nothing and sees one instant."""
        async with (
            self._readers.acquire(timeout=TURN_SECONDS) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield cast("Connection", connection)

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Connection]:
        """A connection as a command has it."""
        connection = await database.connect(self._dsn, name=NAME)
        try:
            yield connection
        finally:
            await connection.close(timeout=CLOSE_SECONDS)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """As long as this lasts there are connections."""
        await self._readers
        try:
            yield
        finally:
            self._readers.terminate()


class Console:
    """What endpoints are given: all there is one of."""

    def __init__(self, settings: Settings) -> None:
        token = settings.console_token.get_secret_value() if settings.console_token else None
        self.settings = settings
        self.desk = Desk(settings.dsn)
        names = [name.strip().lower() for name in (settings.console_hosts or "").split(",") if name.strip()]
        self.gate = Gate(settings.console_host, token, names)
        self.pages = Pages()
        self.news = News()
        self.answers = Answers()
        self.day = Day()
        self.pulse = Pulse()
        self.ear = Ear(settings, self.pages, self.news, self._broker_changed)
        self.replays = Replays(settings, self._tell_of_replay)

    async def depths(self) -> dict[str, Queue | None]:
        """The worker's queues, while the broker is there and answers."""
        try:
            with losing_is_no_cancelling():
                async with asyncio.timeout(DEPTHS_SECONDS):
                    return await self.ear.depths()
        except LOST:
            return {}

    def _broker_changed(self) -> None:
        self.pulse.troubles["rabbitmq"] = self.ear.trouble
        self.news.count += 1
        self.pages.tell(message_of_json("health", HEALTH.dump_json(self.pulse.health(), by_alias=True)))

    def _tell_of_replay(self, said: bytes) -> None:
        self.news.count += 1
        self.pages.tell(said)
