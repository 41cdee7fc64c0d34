"""Notifications in: a hint that a tenant's roster or sessions changed. Whatever is missed the sweep finds."""

import asyncio
from collections.abc import Callable

import structlog
from asyncpg import InterfaceError, PostgresError
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from worker.database import connect
from worker.errors import failure, sentence

log = structlog.get_logger()

CHANNEL = "handover_wake"
PROBE_SECONDS = 10
"""A connection that died in silence is noticed after this."""


async def listen(dsn: str, name: str, wake: Callable[[str], None]) -> None:
    """Call `wake` with the tenant of each notification, through any number of connections, until cancelled."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((OSError, TimeoutError, PostgresError, InterfaceError)),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        before_sleep=lambda state: log.info("not_listening", error=sentence(failure(state))),
    ):
        with attempt:
            await _one_life(dsn, name, wake)


async def _one_life(dsn: str, name: str, wake: Callable[[str], None]) -> None:
    connection = await connect(dsn, name=name)
    try:
        await connection.add_listener(CHANNEL, lambda *news: wake(news[-1]))
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            await connection.execute("select 1")
    finally:
        connection.terminate()
