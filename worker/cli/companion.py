"""The console as a process beside another program, which it cannot stop: it ends with it, and is started again."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import structlog

log = structlog.get_logger()

FIRST_SECONDS = 1.0
"""Until it is started again, when it has ended for the first time; twice as long each time after that."""
MOST_SECONDS = 60.0
ENDING_SECONDS = 15.0
NICER = 5
"""By so much, in the scheduler's terms, than we are."""


@asynccontextmanager
async def console_beside(environ: Mapping[str, str]) -> AsyncIterator[None]:
    """`handover console` in this environment, as long as this lasts. Whatever becomes of it is logged, no more."""
    keeping = asyncio.create_task(_keep(environ))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait((keeping,), timeout=2 * ENDING_SECONDS)


async def _keep(environ: Mapping[str, str]) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_SECONDS
    while True:
        began = loop.time()
        try:
            code = await _one_life(environ)
        except OSError as error:
            log.warning("console_ended", error=str(error), again_seconds=pause)
        else:
            log.warning("console_ended", code=code, again_seconds=pause)
        if loop.time() - began > MOST_SECONDS:
            pause = FIRST_SECONDS
        await asyncio.sleep(pause)
        pause = min(2 * pause, MOST_SECONDS)


async def _one_life(environ: Mapping[str, str]) -> int:
    """Its exit code. A group of its own: Ctrl-C is ours, and we tell it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "worker.cli", "console"),
        env={**environ, "HANDOVER_DIE_WITH_PARENT": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    log.info("console_started", pid=process.pid)
    try:
        _yield_to_us(process.pid)
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


def _yield_to_us(pid: int) -> None:
    """Where there is too little of the machine, the worker has it."""
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + NICER)


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(ENDING_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
