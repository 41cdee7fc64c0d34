"""A database that is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from worker.servers import Servers


@asynccontextmanager
async def refusing(servers: Servers, database: str) -> AsyncIterator[None]:
    """The database throws everybody out and lets nobody in."""
    name = urlsplit(database).path.removeprefix("/")
    admin = await asyncpg.connect(servers.database_url)
    try:
        await admin.execute(f'alter database "{name}" allow_connections false')
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
        await admin.execute(f'alter database "{name}" allow_connections true')
    finally:
        await admin.close()
