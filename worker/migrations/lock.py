"""One migration or adoption at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import Connection

from worker.errors import CannotStart

LOCK_KEY = 0x68616E646F766572
"""Advisory lock of migrations: `handover` in ASCII."""

LOCK_WAIT_SECONDS = 300
ASK_AGAIN_SECONDS = 0.2


@asynccontextmanager
async def only_one(connection: Connection) -> AsyncIterator[None]:
    """Hold the lock, once it is free. Raises CannotStart when it is not in time."""
    try:
        async with asyncio.timeout(LOCK_WAIT_SECONDS):
            # Asked for again and again: one who waits for it in PostgreSQL would have a snapshot, for whose end the
            # concurrent build of an index waits, whose end they wait for.
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK_KEY):  # noqa: ASYNC110
                await asyncio.sleep(ASK_AGAIN_SECONDS)
    except TimeoutError as error:
        raise CannotStart(
            f"another migration or adoption has been running for {LOCK_WAIT_SECONDS} s: try again when it is done"
        ) from error
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", LOCK_KEY)
