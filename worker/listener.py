"""Notifications in: a hint that a tenant's roster or sessions changed. Whatever is missed the sweep finds."""

import asyncio
from collections.abc import Callable

import structlog
from tenacity import AsyncRetrying, retry_if_exception, wait_random_exponential

from worker.core.settlement import Fate
from worker.database import connect
from worker.errors import failure, sentence
from worker.fate import fate_of_error

log = structlog.get_logger()

CHANNEL = "handover_wake"
PROBE_SECONDS = 10
"""A connection that died in silence is noticed after this."""


async def listen(dsn: str, name: str, wake: Callable[[str], None]) -> None:
    """Call `wake` with the tenant of each notification, through any number of connections, until cancelled."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(lambda error: fate_of_error(error) is not Fate.UNEXPECTED),
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
