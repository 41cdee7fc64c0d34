"""Databases to run in: templates that are made once, and a copy for every run."""

import asyncio
import math
import time
from statistics import median
from urllib.parse import urlsplit

import asyncpg

from bench import sql
from bench.traffic import Profile, tenants
from worker.migrations import migrate

ROSTER = """
-- Returns nothing: $2 agents online for each of the tenants $1, every fifth with a limit no run reaches.
insert into handover.agents (tenant_id, name, status, max_sessions)
select tenant, 'agent ' || n, 'online', case when n % 5 = 0 then 1000000 end
from unnest($1::text[]) as tenant, generate_series(1, $2::int) as n
"""
EMPTY = "bench_empty"

SEASONED = (
    "alter system set min_wal_size = '1GB'",
    "select pg_reload_conf()",
    "select pg_logical_emit_message(false, 'bench', repeat('x', 1000000)) from generate_series(1, 700)",
    "checkpoint",
)
"""A new server makes the files of its log as it needs them; one that has run for a while writes old ones again."""

COMMIT = "select pg_logical_emit_message(true, 'bench', repeat('x', 4000000))"
COMMITS = 7
AT_REST = 1.5
"""As slow as this, compared with the quickest that was seen, a commit of four megabytes may be."""
REST_SECONDS = 60


class Databases:
    """`url` leads to a server on which we may create databases."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._quickest = math.inf

    async def prepare(self) -> None:
        """Make the empty template, with the comparators' function in it, on a server that is past its first minutes."""
        for statement in SEASONED:
            await self._admin(statement)
        connection = await asyncpg.connect(self._url)
        await self._rest(connection)
        await connection.close()
        await self._admin(f"create database {EMPTY}")
        await migrate(self.url(EMPTY))
        async with asyncpg.create_pool(self.url(EMPTY), min_size=1, max_size=1) as pool:
            await pool.execute(sql.hand_over)

    def url(self, name: str) -> str:
        """The url of a database."""
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    async def copy(self, template: str, name: str) -> str:
        """A copy of a template that nobody is connected to; its url."""
        await self._admin(f"drop database if exists {name} with (force)")
        await self._admin(f"create database {name} template {template} strategy file_copy")
        return self.url(name)

    async def for_run(self, profile: Profile, *, agents: int, template: str = EMPTY) -> str:
        """A copy with its roster, its statistics, and nothing left for the next checkpoint to write; its url."""
        url = await self.copy(template, "bench_run")
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(ROSTER, tenants(profile), agents)
            await connection.execute("create table bench.started as select clock_timestamp() as at")
            await connection.execute("vacuum analyze handover.agents")
            await connection.execute("checkpoint")
            await self._rest(connection)
        finally:
            await connection.close()
        return url

    async def _rest(self, connection: asyncpg.Connection) -> None:
        """Wait, a minute at most, until commits are quick again: a disk pays for a large copy after it was made."""
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline:
            seconds = median([await _seconds(connection, COMMIT) for _ in range(COMMITS)])
            self._quickest = min(self._quickest, seconds)
            if seconds <= AT_REST * self._quickest:
                return
            await asyncio.sleep(1)

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement, timeout=600)
        finally:
            await connection.close()


async def _seconds(connection: asyncpg.Connection, statement: str) -> float:
    began = time.perf_counter()
    await connection.execute(statement)
    return time.perf_counter() - began
