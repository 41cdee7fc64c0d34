"""What the console works with: connections for reading and for acting, the gate, and the pages that are open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from asyncpg import Connection, Pool

from worker import database
from worker.config import Settings
from worker.console.gate import Gate
from worker.console.pages import Pages

NAME = "handover-console"
READERS = 4
"""Reads at a time: fifty pages take turns."""
TURN_SECONDS = 10
CLOSE_SECONDS = 5


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


@dataclass(frozen=True, slots=True)
class Console:
    """What endpoints are given."""

    settings: Settings
    desk: Desk
    gate: Gate
    pages: Pages = field(default_factory=Pages)
