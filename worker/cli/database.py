"""Work on the database, on a connection of its own."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")


def in_database(do: "Callable[[Connection], Awaitable[T]]") -> T:
    """What `do` returns, given a connection to the database of the settings. Nothing it runs may log."""
    import asyncio

    from worker.cli.postgres import to_database
    from worker.cli.settings import load_for_database

    async def done() -> T:
        async with to_database(load_for_database()) as connection:
            return await do(connection)

    return asyncio.run(done())
