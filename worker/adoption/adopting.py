"""Carrying out an adoption on a table that is in use: one step, then another look, until nothing is left to do."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import assert_never

import asyncpg
from asyncpg import Connection
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from worker.adoption import Stopped
from worker.adoption.looking import look
from worker.adoption.merging import Merged, merge
from worker.core.adoption import How, Plan, Step, plan
from worker.core.adoption.mends import LOCK_TIMEOUT
from worker.core.adoption.needs import ONE_ACTIVE
from worker.database import connect
from worker.errors import sentence
from worker.migrations.lock import be_the_only_one

BUILD_LOCK_TIMEOUT = "15min"
"""Building an index concurrently waits for every older transaction, and holds nobody up."""

STEP_SECONDS = 24 * 3600
TRIES = 40
LONGEST_WAIT_SECONDS = 4
SAME_STEP = 20
"""So often at most: another program may open second sessions while they are merged."""

BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
WHO = (
    "select pid, state, now() - xact_start as open_for, left(query, 60) from pg_stat_activity"
    " where xact_start is not null and pid <> pg_backend_pid() order by xact_start"
)


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was carried out."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """Where what happens is told, as it happens."""

    done: Callable[[Done], None]
    merged: Callable[[Merged], None]
    waiting: Callable[[str], None]


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    """A connection that may adopt, while no other one and no migration does."""
    settings = {"lock_timeout": LOCK_TIMEOUT, "statement_timeout": "0"}
    connection = await connect(dsn, name="handover-adopt", settings=settings)
    try:
        await be_the_only_one(connection)
        yield connection
    finally:
        await connection.close(timeout=5)


async def adopt(connection: Connection, *, merging: bool, report: Report) -> Plan:
    """Carry out what is planned; the plan left, which has no steps.

    Raises Stopped when a step cannot be done, or a problem has come up meanwhile.
    """
    done, tries = 0, Counter[str]()
    while (left := plan(await look(connection), merge=merging)).steps or left.problems:
        if left.problems:
            raise Stopped(left.problems[0].says, done=done)
        step = left.steps[0]
        tries[step.name] += 1
        if tries[step.name] > SAME_STEP:
            raise Stopped(f"{step.name}: tried {SAME_STEP} times, and still to do", done=done)
        began = perf_counter()
        try:
            await _carry_out(connection, step, report)
        except asyncpg.PostgresError as error:
            if not _is_of_a_new_double(error):
                raise Stopped(f"{step.name}: {_why(error)}", done=done) from error
            report.waiting(f"{step.name}: {sentence(error)}: another program has opened one meanwhile")
        else:
            done += 1
            report.done(Done(step.name, round(perf_counter() - began, 3)))
    return left


def _is_of_a_new_double(error: asyncpg.PostgresError) -> bool:
    return isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name == ONE_ACTIVE.name


def _why(error: asyncpg.PostgresError) -> str:
    match error:
        case asyncpg.LockNotAvailableError() | asyncpg.DeadlockDetectedError():
            return f"{sentence(error)}; look who holds it up: {WHO}"
        case asyncpg.InsufficientPrivilegeError():
            return f"{sentence(error)}; run this as the owner"
        case _:
            return sentence(error)


async def _carry_out(connection: Connection, step: Step, report: Report) -> None:
    tries = _patiently(step, report)
    match step.how:
        case How.BRIEFLY:
            async for attempt in tries:
                with attempt:
                    await _in_a_transaction(connection, step)
        case How.CONCURRENTLY:
            await _concurrently(connection, step)
        case How.MERGING:
            await merge(connection, step, report.merged, tries)
        case _:
            assert_never(step.how)


async def _in_a_transaction(connection: Connection, step: Step) -> None:
    async with connection.transaction():
        for statement in step.statements:
            await connection.execute(statement, timeout=STEP_SECONDS)


async def _concurrently(connection: Connection, step: Step) -> None:
    await connection.execute(f"set lock_timeout = '{BUILD_LOCK_TIMEOUT}'")
    try:
        for statement in step.statements:
            await connection.execute(statement, timeout=STEP_SECONDS)
    except asyncpg.PostgresError:
        # What a failed build leaves is of no use and costs every write; by its name it would pass for the index.
        if step.undo and not connection.is_closed():
            await connection.execute(step.undo, timeout=STEP_SECONDS)
        raise
    finally:
        if not connection.is_closed():
            await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")


def _patiently(step: Step, report: Report) -> AsyncRetrying:
    def tell(state: RetryCallState) -> None:
        report.waiting(
            f"{step.name}: somebody is in the way; trying again, {state.attempt_number} of {TRIES - 1}"
        )

    return AsyncRetrying(
        retry=retry_if_exception_type(BUSY),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
        before_sleep=tell,
        reraise=True,
    )
