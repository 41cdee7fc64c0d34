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
WRONG = "42"
"""The class of what it will not run: a right is missing, or something is not as the statement has it."""


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
    """When PostgreSQL is away raises Unreachable, for a URL it cannot read Refused.

    Raises CannotStart when it refuses us, or what we ask for.
    """
    try:
        yield
    except asyncpg.exceptions.ClientConfigurationError as error:
        raise Refused(f"DATABASE_URL: {sentence(error)}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        where = f"PostgreSQL at {address(settings.dsn)}"
        state = error.sqlstate or "" if isinstance(error, asyncpg.PostgresError) else ""
        if state[:2] == WRONG:
            raise CannotStart(f"{where} says: {sentence(error)}") from error
        if state[:2] in REFUSALS:
            raise CannotStart(f"{where} refuses: {sentence(error)}; see DATABASE_URL") from error
        if fate_of_error(error) is Fate.DOWN:
            raise Unreachable(f"{where} is not reachable: {sentence(error)}; see DATABASE_URL") from error
        raise
