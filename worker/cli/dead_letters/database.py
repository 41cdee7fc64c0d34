"""Work on letters, on a connection of its own."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")


def on_letters(do: "Callable[[Connection], Awaitable[T]]") -> T:
    """What `do` returns, given a connection to the database of the settings."""
    import asyncio

    from worker.cli.postgres import to_database
    from worker.config import load

    async def done() -> T:
        async with to_database(load()) as connection:
            return await do(connection)

    return asyncio.run(done())
