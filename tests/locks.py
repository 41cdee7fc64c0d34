"""Waiting until a rival is really blocked, instead of hoping that it is."""

import asyncio

import asyncpg


async def until_blocked(observer: asyncpg.Connection, rival: asyncpg.Connection) -> None:
    """Return once the rival waits for a lock somebody holds; fail after five seconds without."""
    async with asyncio.timeout(5):
        while not await observer.fetchval(
            "select cardinality(pg_blocking_pids($1)) > 0", rival.get_server_pid()
        ):
            await asyncio.sleep(0.005)


async def until_blocking(observer: asyncpg.Connection, holder: asyncpg.Connection) -> None:
    """Return once somebody waits for a lock of the holder; fail after five seconds without."""
    async with asyncio.timeout(5):
        while not await observer.fetchval(
            "select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)))",
            holder.get_server_pid(),
        ):
            await asyncio.sleep(0.005)
