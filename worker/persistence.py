"""Running a transaction until it has an answer: an infrastructure that is away is nobody's poison."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from asyncpg import Connection
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from worker.core.settlement import Fate
from worker.database import Database
from worker.errors import failure, sentence
from worker.fate import fate_of_error

log = structlog.get_logger()

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]
Signal = Callable[[], Awaitable[None]]

RETRIES = 5
"""Tries of a transaction that lost a race, before it counts as blocked."""

_WAIT = {
    Fate.RETRY: wait_random_exponential(multiplier=0.01, max=0.5),
    Fate.DOWN: wait_random_exponential(multiplier=0.1, max=5),
    Fate.BLOCKED: wait_random_exponential(multiplier=0.5, max=10),
}


async def _nothing() -> None:
    pass


async def persist(
    database: Database,
    work: Work[T],
    *,
    patient: bool = False,
    hold: Signal = _nothing,
    resume: Signal = _nothing,
) -> T:
    """The work's answer, however long the database is away: `hold` is called while it is, `resume` after any answer.

    Raises the errors whose fate is neither RETRY nor DOWN, and one whose RETRY is used up; `patient` work, which
    nobody waits for, outlasts locks and races too.
    """
    try:
        result = await _once(database, work)
    except Exception as error:  # noqa: BLE001 - the retrier judges it
        # Only now: a retrier costs as much as a round trip, and hardly any transaction needs one.
        return await _outlast(database, work, error, patient=patient, hold=hold, resume=resume)
    database.trouble = None
    return result


async def _outlast(
    database: Database, work: Work[T], first: Exception, *, patient: bool, hold: Signal, resume: Signal
) -> T:
    """The work's answer after its first try failed: as `persist` has it."""
    held = False
    outlasts = {Fate.RETRY, Fate.DOWN, Fate.BLOCKED} if patient else {Fate.RETRY, Fate.DOWN}

    async def wait(state: RetryCallState) -> None:
        nonlocal held
        error = failure(state)
        down = _fate(state) is Fate.DOWN
        if down:
            database.trouble = sentence(error)
        log.log(30 if down else 20, "database_away" if down else "transaction_retried", error=sentence(error))
        if down and not held:
            held = True
            await hold()

    async def back() -> None:
        database.trouble = None
        if held:
            log.info("database_back")
            await resume()

    try:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(lambda error: fate_of_error(error) in outlasts),
            stop=lambda state: not patient and _fate(state) is Fate.RETRY and state.attempt_number >= RETRIES,
            wait=lambda state: _WAIT[_fate(state)](state),
            before_sleep=wait,
            reraise=True,
        ):
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first  # noqa: TRY301 - the try that was made already
                result = await _once(database, work)
    except Exception:
        # A refusal is an answer too: nobody else would ever resume what was held.
        await back()
        raise
    await back()
    return result


async def _once(database: Database, work: Work[T]) -> T:
    async with database.connection() as connection:
        return await work(connection)


def _fate(state: RetryCallState) -> Fate:
    error = failure(state)
    return fate_of_error(error) if error else Fate.UNEXPECTED
