"""What happens to PostgreSQL: it restarts, throws everybody out, is full, locked, read-only, or fails over."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

import asyncpg

from chaos.nemesis import Fault
from chaos.postgres import FAST, IMMEDIATE, MAX_CONNECTIONS
from chaos.stage import Stage

LOCKS = {
    "tenants": "update handover.tenants set turn = turn",
    "sessions": "select from inbox_sessions where status <> 'resolved' for update",
    "table": "lock table inbox_sessions in access exclusive mode",
    "letters": "lock table handover.dead_letters in share row exclusive mode",
    "outbox": "lock table handover.outbox in share row exclusive mode",
}
EVERYBODY = """
    select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename is not null
"""
SYNC_SECONDS = 20


@asynccontextmanager
async def restarted(stage: Stage, how: signal.Signals) -> AsyncIterator[None]:
    """The server ends, in good order or not, and comes back."""
    await stage.servers.do(stage.servers.postgres.stop, how)
    try:
        yield
    finally:
        await stage.servers.do(stage.servers.postgres.start)


@asynccontextmanager
async def everybody_thrown_out(stage: Stage) -> AsyncIterator[None]:
    """Every backend is terminated."""
    async with admin(stage) as connection:
        await connection.execute(EVERYBODY)
    yield


@asynccontextmanager
async def exhausted(stage: Stage) -> AsyncIterator[None]:
    """Other programs take every connection there is, and the workers lose theirs."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(admin(stage))
        await first.execute(EVERYBODY)
        with suppress(asyncpg.PostgresError, OSError, TimeoutError):
            for _ in range(MAX_CONNECTIONS):
                await stack.enter_async_context(admin(stage))
        yield


@asynccontextmanager
async def locked(stage: Stage, statement: str) -> AsyncIterator[None]:
    """Another program holds what the workers need."""
    async with admin(stage) as connection:
        await connection.execute("set lock_timeout = 0; set statement_timeout = 0")
        await connection.execute("set idle_in_transaction_session_timeout = 0")
        async with connection.transaction():
            await connection.execute(statement)
            yield


@asynccontextmanager
async def read_only(stage: Stage) -> AsyncIterator[None]:
    """The server takes no writes."""
    async with admin(stage) as connection:
        await connection.execute("alter system set default_transaction_read_only = on")
        await connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            await connection.execute("alter system reset default_transaction_read_only")
            await connection.execute("select pg_reload_conf()")


@asynccontextmanager
async def failed_over(stage: Stage) -> AsyncIterator[None]:
    """The primary is gone for good, and its synchronous standby becomes the primary."""
    postgres = stage.servers.postgres
    await stage.servers.do(postgres.copy)
    async with admin(stage) as connection:
        await connection.execute("alter system set synchronous_standby_names = '*'")
        await connection.execute("select pg_reload_conf()")
        async with asyncio.timeout(SYNC_SECONDS):
            while not await connection.fetchval(
                "select count(*) from pg_stat_replication where sync_state = 'sync'"
            ):
                await asyncio.sleep(0.1)
    await stage.hold(2)
    await stage.servers.do(postgres.stop, IMMEDIATE)
    try:
        yield
    finally:
        postgres.take_over()
        standby = await asyncpg.connect(postgres.url_of_primary("postgres"))
        await standby.execute("select pg_promote()")
        await standby.close()


@asynccontextmanager
async def admin(stage: Stage) -> AsyncIterator[asyncpg.Connection]:
    """A connection of our own."""
    connection = await stage.admin()
    try:
        yield connection
    finally:
        connection.terminate()


def faults() -> Iterator[Fault]:
    yield Fault("postgres-restart-fast", partial(restarted, how=FAST), 1)
    yield Fault("postgres-restart-immediate", partial(restarted, how=IMMEDIATE), 1)
    yield Fault("postgres-away", partial(restarted, how=FAST), 20)
    yield Fault("postgres-everybody-thrown-out", everybody_thrown_out)
    yield Fault("postgres-exhausted", exhausted, 8)
    for name, statement in LOCKS.items():
        yield Fault(f"postgres-locked-{name}", partial(locked, statement=statement), 12)
    yield Fault("postgres-read-only", read_only, 6)
    yield Fault("postgres-failover", failed_over, 1)
