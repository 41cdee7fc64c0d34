"""One migration or adoption at a time."""

import asyncio

from asyncpg import Connection

from worker.errors import CannotStart

LOCK_KEY = 0x68616E646F766572
"""Advisory lock of migrations: `handover` in ASCII."""

LOCK_WAIT_SECONDS = 300
ASK_AGAIN_SECONDS = 0.2


async def be_the_only_one(connection: Connection) -> None:
    """Return with the lock, held until the connection is closed. Raises CannotStart when it is not free in time."""
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
