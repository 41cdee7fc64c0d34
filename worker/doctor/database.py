"""Looking at PostgreSQL: reads only, one connection, a deadline for each look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import perf_counter

import asyncpg
from asyncpg.exceptions import (
    AdminShutdownError,
    ClientConfigurationError,
    CrashShutdownError,
    TargetServerAttributeNotMatched,
)

from worker import sql
from worker.core.diagnosis import database as diagnosis
from worker.core.diagnosis import work
from worker.core.diagnosis.finding import Finding, State, fail, psql, unreachable
from worker.database import connect
from worker.doctor.needs import INDEXED, RIGHTS, UNIQUE
from worker.errors import sentence
from worker.migrations import HEAD, current

CONNECT_SECONDS = 1.5
LOOK_SECONDS = 1.0
REFUSALS = ("28", "3D")
"""SQLSTATE classes: not this user or password, no such database."""

LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    AdminShutdownError,
    CrashShutdownError,
)
WHO_BLOCKS = "select pid, pg_blocking_pids(pid), left(query, 80) from pg_stat_activity where wait_event_type = $$Lock$$"
Look = Callable[[asyncpg.Connection], Awaitable[list[Finding]]]


async def examine(dsn: str, where: str) -> list[Finding]:
    """Every finding about PostgreSQL; `where` is what may be shown of the url."""
    findings: list[Finding] = []
    try:
        async with _connected(dsn) as connection:
            findings += await _see_server(connection, where)
            for name, look in LOOKS.items():
                findings += await _in_time(name, look, connection)
                if name == "migrations" and findings[-1].state is not State.OK:
                    break
    except ClientConfigurationError as error:
        return [fail("postgresql", f"DATABASE_URL: {sentence(error)}", "handover config")]
    except (asyncpg.PostgresError, *LOST, TimeoutError) as error:
        findings.append(_away(error, where))
    return findings


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The primary; where there is none the standby, which can be looked at as well."""
    async with asyncio.timeout(CONNECT_SECONDS):
        try:
            connection = await connect(dsn, name="handover-doctor")
        except TargetServerAttributeNotMatched:
            connection = await asyncpg.connect(dsn, server_settings={"application_name": "handover-doctor"})
    try:
        yield connection
    finally:
        connection.terminate()


def _away(error: BaseException, where: str) -> Finding:
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in REFUSALS:
        return fail("postgresql", f"PostgreSQL at {where} refuses: {sentence(error)}", "handover config")
    why = "no answer in time" if isinstance(error, TimeoutError) else sentence(error)
    return unreachable("postgresql", f"PostgreSQL at {where} is not reachable: {why}", "handover config")


async def _in_time(name: str, look: Look, connection: asyncpg.Connection) -> list[Finding]:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await look(connection)
    except TimeoutError:
        says = f"PostgreSQL did not say within {LOOK_SECONDS} s: is it very busy, or is a table locked?"
        return [fail(name, says, psql(WHO_BLOCKS))]
    except LOST:
        raise
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return []  # the look at rights has named it
    except asyncpg.PostgresError as error:
        return [fail(name, f"PostgreSQL refuses to say: {sentence(error)}")]


async def _see_server(connection: asyncpg.Connection, where: str) -> list[Finding]:
    await connection.fetchval("select 1")
    asked, began = datetime.now(UTC), perf_counter()
    async with asyncio.timeout(LOOK_SECONDS):
        [server] = await connection.fetch(sql.see_server)
    took = perf_counter() - began
    skew = (server["now"] - asked).total_seconds() - took / 2
    return [
        diagnosis.version(server["version"], server["version_number"], where, took),
        diagnosis.primary(
            standby=server["standby"], read_only=server["read_only"], database=server["database"]
        ),
        diagnosis.clock(skew, took / 2),
    ]


async def _see_migrations(connection: asyncpg.Connection) -> list[Finding]:
    try:
        return [diagnosis.migrations(await current(connection), HEAD)]
    except asyncpg.InsufficientPrivilegeError:
        role = await connection.fetchval("select quote_ident(current_user)")
        return [diagnosis.hidden_revision(role)]


async def _see_rights(connection: asyncpg.Connection) -> list[Finding]:
    needed = [(relation, right) for relation, rights in RIGHTS.items() for right in rights]
    rows = await connection.fetch(sql.find_missing_rights, *zip(*needed, strict=True))
    role = await connection.fetchval("select quote_ident(current_user)")
    missing = [(row["relation"], row["right"]) for row in rows if row["exists"]]
    absent = sorted({row["relation"] for row in rows if not row["exists"]})
    return diagnosis.rights(missing, absent, role)


async def _see_one_active(connection: asyncpg.Connection) -> list[Finding]:
    try:
        await connection.fetch(sql.infer_active_index)
    except asyncpg.InvalidColumnReferenceError:
        return [diagnosis.one_active(guarded=False)]
    return [diagnosis.one_active(guarded=True)]


async def _see_doubles(connection: asyncpg.Connection) -> list[Finding]:
    return [diagnosis.doubles(await connection.fetchval(sql.count_doubles))]


async def _see_adrift(connection: asyncpg.Connection) -> list[Finding]:
    return [diagnosis.adrift(await connection.fetchval(sql.count_adrift))]


async def _see_indexes(connection: asyncpg.Connection) -> list[Finding]:
    wanted = [(*key, True) for key in UNIQUE] + [(*index, False) for index in INDEXED]
    invalid = await connection.fetch(sql.find_invalid_indexes)
    missing = await connection.fetch(sql.find_missing_indexes, *zip(*wanted, strict=True))
    return diagnosis.indexes(
        [
            diagnosis.invalid_index(
                each["name"], unique=each["is_unique"], being_built=each["is_being_built"]
            )
            for each in invalid
        ],
        [
            diagnosis.missing_index(each["relation"], each["columns"], unique=each["is_unique"])
            for each in missing
        ],
    )


async def _see_outbox(connection: asyncpg.Connection) -> list[Finding]:
    [outbox] = await connection.fetch(sql.measure_outbox)
    return [work.outbox(**outbox)]


async def _see_dead_letters(connection: asyncpg.Connection) -> list[Finding]:
    [letters] = await connection.fetch(sql.measure_dead_letters)
    return [work.dead_letters(**letters)]


async def _see_tenants(connection: asyncpg.Connection) -> list[Finding]:
    tenants = [work.Tenant(**row) for row in await connection.fetch(sql.measure_tenants)]
    return [work.waiting(tenants), *work.agents(tenants)]


LOOKS: dict[str, Look] = {
    "migrations": _see_migrations,
    "rights": _see_rights,
    "indexes": _see_indexes,
    "outbox": _see_outbox,
    "dead_letters": _see_dead_letters,
    "one_active": _see_one_active,
    "doubles": _see_doubles,
    "adrift": _see_adrift,
    "waiting": _see_tenants,
}
"""In this order; without the right revision what follows it is not looked at."""
