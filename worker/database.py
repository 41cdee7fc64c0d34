"""Connections to PostgreSQL: every one with deadlines, and JSON that is JSON."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from pydantic_core import from_json, to_json

from worker.core.settlement import Fate
from worker.errors import SessionRaced, sentence
from worker.fate import fate_of_error
from worker.migrations import require_current

CONNECT_SECONDS = 10
COMMAND_SECONDS = 15
TRANSACTION_SECONDS = 15
SERVER_SETTINGS = {
    "application_name": "handover-worker",
    "jit": "off",
    "lock_timeout": "5s",
    "statement_timeout": "14s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "search_path": "public",  # else a user named handover would meet the worker's own schema first
}
STEADY = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""For statements that run all day: planned once, and as look-ups by key, before there are any statistics."""

CARING = {**STEADY, "lock_timeout": "1s"}
"""For what is done for one tenant after the other, and again soon: one that is locked must not hold up the rest."""

REPLAN_SECONDS = 10
"""How long a plan is kept: of a table that held a few rows then, it may read every row once there are many."""

UNDOABLE = {**STEADY, "synchronous_commit": "off"}
"""For deleting confirmed events: what a crash undoes is published twice, so that nobody waits for the disk."""

JSONB_VERSION = b"\x01"


async def connect(
    dsn: str,
    *,
    name: str = "handover-worker",
    settings: Mapping[str, str] = MappingProxyType({}),
    command_seconds: float | None = COMMAND_SECONDS,
) -> asyncpg.Connection:
    """One connection to the primary, with `settings` of its own; None leaves its statements' deadline to the caller.

    Raises what asyncpg raises: OSError or TimeoutError when nobody answers, PostgresError when it is refused, of
    Fate.DOWN in any case.
    """
    try:
        connection: asyncpg.Connection = await asyncpg.connect(
            dsn,
            timeout=CONNECT_SECONDS,
            command_timeout=command_seconds,
            server_settings={**SERVER_SETTINGS, "application_name": name, **settings},
            target_session_attrs=SessionAttribute.read_write,
        )
    except asyncpg.PostgresError as error:
        if fate_of_error(error) is Fate.DOWN:
            raise
        # A pooler has codes of its own, such as XX000. Whatever it is, no work is to blame for it.
        raise ConnectionRefusedError(sentence(error)) from error
    await _prepare(connection)
    return connection


def pool(dsn: str, *, name: str, size: int) -> asyncpg.Pool:
    """Connections for many short reads at once, `size` at most, each made when it is first needed.

    For a program that is no worker: given back, a connection is reset, which costs a round trip. Raises what asyncpg
    raises, and NotMigrated, when a connection is asked for.
    """
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        max_inactive_connection_lifetime=60,
        server_settings={**SERVER_SETTINGS, "application_name": name},
        target_session_attrs=SessionAttribute.read_write,
        init=_prepare_for_reading,
    )


async def _prepare_for_reading(connection: asyncpg.Connection) -> None:
    await _prepare(connection)
    await require_current(connection)


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode, decoder=_decode, format="binary"
    )
    _notice_a_dead_peer(connection)


def _encode(value: Any) -> bytes:
    return JSONB_VERSION + to_json(value)


def _decode(data: bytes) -> Any:
    return from_json(data[1:])


def _notice_a_dead_peer(connection: asyncpg.Connection) -> None:
    # asyncpg sets no keepalive: without it a black-holed connection idles for hours before anyone knows.
    transport = connection._transport  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to the socket
    sock = transport.get_extra_info("socket")
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 20_000)


class Database:
    """One connection at a time to the primary, made when needed and thrown away when in doubt.

    Not a pool: resetting a pooled connection costs a round trip a batch. Whoever must not wait for another's
    transaction has a Database of its own.
    """

    def __init__(self, dsn: str, name: str, settings: Mapping[str, str] = MappingProxyType(STEADY)) -> None:
        self._dsn, self._name, self._settings = dsn, name, settings
        self._lock = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._planned_at = 0.0
        self.trouble: str | None = None
        """Why it did not do what it was last asked, if it is away; see worker.persistence."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """The connection, for one transaction of one task, which has TRANSACTION_SECONDS.

        Raises what `connect` raises. After any error but one PostgreSQL itself reported about a statement,
        and after being cancelled, the connection's state is unknown and it is not used again.
        """
        async with self._lock:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect(
                    self._dsn, name=self._name, settings=self._settings, command_seconds=None
                )
            loop = asyncio.get_running_loop()
            # One for all statements: a timer for each costs a lone handover a tenth of a millisecond.
            deadline = loop.call_later(TRANSACTION_SECONDS, self._connection.terminate)
            try:
                await self._drop_old_plans(self._connection)
                yield self._connection
            except BaseException as error:
                if not _is_fit_after(error):
                    self.discard()
                if isinstance(error, Exception) and loop.time() >= deadline.when():
                    raise TimeoutError(f"no answer within {TRANSACTION_SECONDS} seconds") from error
                raise
            finally:
                deadline.cancel()

    async def _drop_old_plans(self, connection: asyncpg.Connection) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._planned_at >= REPLAN_SECONDS:
            await connection.execute("discard plans")
            self._planned_at = now

    def discard(self) -> None:
        """Drop the connection at once; the next use makes a new one."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _is_fit_after(error: BaseException) -> bool:
    return isinstance(error, asyncpg.PostgresError | SessionRaced) and fate_of_error(error) is not Fate.DOWN


async def probe(database: Database) -> None:
    """Raise unless the database answers, can write, and is the one this program needs."""
    async with database.connection() as connection:
        await require_current(connection)
