"""What must answer before the worker begins: PostgreSQL, with the tables this program knows, and RabbitMQ."""

import asyncpg
import structlog
from tenacity import AsyncRetrying, retry_if_exception, wait_random_exponential

from worker.broker import open_channel, place, reconnecting
from worker.config import Settings
from worker.core.settlement import Fate
from worker.database import Database, probe
from worker.errors import CannotStart, failure, sentence
from worker.fate import fate_of_error
from worker.topology import Topology

log = structlog.get_logger()

REFUSALS = ("28", "3D", "42")
"""SQLSTATE classes that waiting does not mend: wrong password, no such database, no right."""


async def answered(settings: Settings, name: str) -> None:
    """Wait for PostgreSQL and RabbitMQ; raise CannotStart at once where waiting would not help."""
    database = Database(settings.dsn, name)
    try:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_worth_waiting_for),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            before_sleep=lambda state: log.warning(
                "database_away", attempt=state.attempt_number, error=sentence(failure(state))
            ),
            reraise=True,
        ):
            with attempt:
                await probe(database)
    except asyncpg.PostgresError as error:
        raise CannotStart(f"PostgreSQL at {place(settings.dsn)} refuses: {sentence(error)}") from error
    finally:
        database.discard()
    async for attempt in reconnecting("start", starting=True):
        with attempt:
            topology = Topology(settings.exchange, settings.sessions_exchange)
            async with open_channel(settings.amqp, name, topology):
                pass


def _worth_waiting_for(error: BaseException) -> bool:
    if isinstance(error, CannotStart):
        return False
    refused = isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in REFUSALS
    return not refused and fate_of_error(error) is Fate.DOWN
