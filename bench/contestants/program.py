"""What every comparator has around it: the two URLs, the event loop, and an end in good order."""

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

import asyncpg
from asyncpg.pool import PoolConnectionProxy

PREFETCH = 50
CONNECTIONS = 40
DELETING = 5
"""Four processes of them fit into the server's 200 connections."""

SETTINGS = {"jit": "off", "timezone": "UTC", "search_path": "public"}


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the two servers are."""

    database: str
    amqp: str


Connection = asyncpg.Connection | PoolConnectionProxy
Serve = Callable[[Urls, asyncio.Event], Awaitable[None]]


def run(serve: Serve) -> None:
    """Serve until SIGTERM. On uvloop where it is installed, which is where the worker itself runs on it."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        asyncio.run(_serve(serve))
    else:
        uvloop.run(_serve(serve))


async def _serve(serve: Serve) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(Urls(os.environ["DATABASE_URL"], os.environ["AMQP_URL"]), stop)


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections for transactions, and a few to delete what the broker has confirmed.

    A deletion does not wait for the disk: one that a crash loses costs a duplicate, no more.
    """

    handling: asyncpg.Pool
    deleting: asyncpg.Pool


@asynccontextmanager
async def pools(url: str) -> AsyncIterator[Pools]:
    """Both, their connections open from the start."""
    async with (
        _pool(url, CONNECTIONS) as handling,
        _pool(url, DELETING, synchronous_commit="off") as deleting,
    ):
        yield Pools(handling, deleting)


def _pool(url: str, size: int, **settings: str) -> asyncpg.Pool:
    # Not reset after each use: that would be a round trip a message.
    return asyncpg.create_pool(
        url, min_size=size, max_size=size, reset=_leave_as_it_is, server_settings={**SETTINGS, **settings}
    )


async def _leave_as_it_is(_connection: object) -> None:
    pass


class InFlight:
    """How many messages are being handled, and when none is. An error in one of them ends the program."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(value, Exception):
            traceback.print_exception(kind, value, trace)
            os._exit(1)
        self._count -= 1
        if not self._count:
            self._none.set()

    async def ended(self) -> None:
        """Wait until no message is being handled."""
        await self._none.wait()
