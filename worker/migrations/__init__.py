"""The database's shape, step by step: Alembic, over asyncpg, one migrator at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from worker.adoption.looking import require_adopted
from worker.errors import NotMigrated
from worker.migrations.lock import be_the_only_one

HEAD = "0008"
"""The newest revision: what this version of the program needs."""

SETTINGS = {"lock_timeout": "10s", "search_path": "public"}
"""The inbox's tables go where its application looks, whatever our user is called."""


PRIMARY = SessionAttribute.read_write
"""Of several hosts in the URL."""


class Queryable(Protocol):
    """A connection or a pool: whatever can answer one value."""

    async def fetchval(self, query: str, *args: object) -> object: ...


async def current(connection: Queryable) -> str | None:
    """The database's revision; None where `migrate` has never run."""
    if await connection.fetchval("select to_regclass('handover.alembic_version')") is None:
        return None
    revision = await connection.fetchval("select version_num from handover.alembic_version")
    return None if revision is None else str(revision)


async def require_current(connection: Queryable) -> None:
    """Raise NotMigrated, naming both revisions, unless the database is exactly what this program needs."""
    found = await current(connection)
    if found != HEAD:
        raise NotMigrated(found, HEAD)


async def migrate(dsn: str) -> tuple[str | None, str]:
    """Bring the database to HEAD; the revisions before and after.

    Safe to run twice at once: the second waits for the first and finds nothing to do. Raises NotAdopted, and changes
    nothing, when somebody else's `inbox_sessions` is there and `handover db adopt` has still to be run.
    """
    async with _only_migrator(dsn) as connection:
        before = await current(connection)
        if before != HEAD:
            adopted = before is None and await _has_inbox(connection)
            if adopted:
                await require_adopted(connection)
            await connection.execute("create schema if not exists handover")
            await _upgrade(dsn, adopted=adopted)
        return before, HEAD


@asynccontextmanager
async def _only_migrator(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        dsn, timeout=10, command_timeout=300, server_settings=SETTINGS, target_session_attrs=PRIMARY
    )
    try:
        await be_the_only_one(connection)
        yield connection
    finally:
        await connection.close(timeout=5)


async def _has_inbox(connection: asyncpg.Connection) -> bool:
    return await connection.fetchval("select to_regclass('inbox_sessions')") is not None


async def _upgrade(dsn: str, *, adopted: bool) -> None:
    # Alembic and SQLAlchemy take half a second to import; only a migration that has work to do pays it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import Connection  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "worker:migrations")
        config.attributes["connection"] = connection
        config.attributes["adopted"] = adopted
        command.upgrade(config, "head")

    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        async_creator=lambda: asyncpg.connect(
            dsn, timeout=10, server_settings=SETTINGS, target_session_attrs=PRIMARY
        ),
    )
    try:
        async with asyncio.timeout(3600), engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()
