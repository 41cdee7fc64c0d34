"""What goes on around the worker: agents come and go, accept sessions, and the inbox resolves them."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import asyncpg

from chaos.roster import AGENTS
from worker.core.settlement import Fate
from worker.database import connect
from worker.fate import fate_of_error

NAME = "chaos"

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""What asyncpg raises when a database is away, or refuses."""

STATUS = "update handover.agents set status = $2 where id = $1"
ACCEPT = """
    update inbox_sessions set "acceptedAt" = now() where id in (
        select id from inbox_sessions where status = 'assigned' and "acceptedAt" is null
        order by random() limit $1 for update skip locked)
"""
RESOLVE = """
    update inbox_sessions set status = 'resolved', "updatedAt" = now() where id in (
        select id from inbox_sessions where status = 'assigned' order by random() limit $1 for update skip locked)
"""

Act = Callable[[asyncpg.Connection], Awaitable[object]]


async def go_on(dsn: str, rng: Random) -> None:
    """Live until cancelled; while the database is away nobody can do anything."""
    async with asyncio.TaskGroup() as tasks:
        flapping = [agent.id for agent in AGENTS if not agent.steady]

        async def come_or_go(connection: asyncpg.Connection) -> None:
            status = rng.choice(["online", "online", "offline", "busy"])
            await connection.execute(STATUS, rng.choice(flapping), status)

        async def accept(connection: asyncpg.Connection) -> None:
            await connection.execute(ACCEPT, rng.randint(1, 10))

        async def resolve(connection: asyncpg.Connection) -> None:
            await connection.execute(RESOLVE, rng.randint(1, 15))

        for act, every in ((come_or_go, 0.2), (accept, 0.5), (resolve, 0.3)):
            tasks.create_task(repeat(dsn, act, every))


async def repeat(dsn: str, act: Act, every: float) -> None:
    """Do it again and again, each time there is a database that lets us."""
    connection: asyncpg.Connection | None = None
    try:
        while True:
            try:
                if connection is None or connection.is_closed():
                    connection = await connect(dsn, name=NAME)
                await act(connection)
            except AWAY as error:
                if connection is not None and fate_of_error(error) is Fate.DOWN:
                    connection.terminate()
                    connection = None
            await asyncio.sleep(every)
    finally:
        if connection is not None:
            connection.terminate()
