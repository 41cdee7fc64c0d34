"""A command's connection to PostgreSQL, and a sentence when it cannot be had."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from worker.cli.failures import Refused, Unreachable
from worker.cli.variables import address
from worker.config import Settings
from worker.core.settlement import Fate
from worker.database import connect
from worker.errors import CannotStart, sentence
from worker.fate import fate_of_error
from worker.migrations import require_current

NAME = "handover-command"
REFUSALS = ("28", "3D")
"""SQLSTATE classes: not this user or password, no such database."""


@asynccontextmanager
async def to_database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of the newest revision. Raises Unreachable, CannotStart."""
    with reaching_database(settings):
        connection = await connect(settings.dsn, name=NAME)
        try:
            await require_current(connection)
            yield connection
        finally:
            await connection.close(timeout=5)


@contextmanager
def reaching_database(settings: Settings) -> Iterator[None]:
    """When PostgreSQL is away raises Unreachable, when it refuses us CannotStart, for a URL it cannot read Refused."""
    try:
        yield
    except asyncpg.exceptions.ClientConfigurationError as error:
        raise Refused(f"DATABASE_URL: {sentence(error)}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        where = f"PostgreSQL at {address(settings.dsn)}"
        if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in REFUSALS:
            raise CannotStart(f"{where} refuses: {sentence(error)}; see DATABASE_URL") from error
        if fate_of_error(error) is Fate.DOWN:
            raise Unreachable(f"{where} is not reachable: {sentence(error)}; see DATABASE_URL") from error
        raise
