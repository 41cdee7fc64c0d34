"""An operator at the command line, while the test's own loop goes on."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from commands import HANDOVER, Result, handover
from processes import IN_TIME


async def dead_letters(environment: dict[str, str], *words: object, **settings: str) -> Result:
    return await asyncio.to_thread(handover, environment, "dead-letters", *words, **settings)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def outcomes(result: Result) -> dict[UUID, str]:
    """What became of each letter, by `replay --json`."""
    return {UUID(line["letter_id"]): line["outcome"] for line in lines(result)}


@dataclass(frozen=True)
class Running:
    """A command under way."""

    process: asyncio.subprocess.Process

    async def ended(self) -> Result:
        async with asyncio.timeout(IN_TIME):
            out, err = await self.process.communicate()
        code = self.process.returncode
        assert code is not None
        return Result([], code, out.decode(), err.decode())

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@asynccontextmanager
async def started(environment: dict[str, str], *words: object) -> AsyncIterator[Running]:
    """`handover dead-letters ...`, killed at the end if it still runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        HANDOVER, "dead-letters", *map(str, words), env=environment, cwd="/", stdout=pipe, stderr=pipe
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def on_a_terminal(environment: dict[str, str], *words: object) -> str:
    """What a person sees of a command."""
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        HANDOVER,
        "dead-letters",
        *map(str, words),
        env={**environment, "TERM": "xterm", "COLUMNS": "120"},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = await asyncio.to_thread(_read_to_the_end, ours)
    await process.wait()
    return shown


async def without_a_reader(
    environment: dict[str, str], *words: object, stderr_too: bool = False
) -> tuple[int, str]:
    """The exit code of a command whose output goes to a pipe that nobody has the other end of, and its stderr."""
    ours, theirs = os.pipe()
    os.close(ours)
    process = await asyncio.create_subprocess_exec(
        HANDOVER,
        "dead-letters",
        *map(str, words),
        env=environment,
        cwd="/",
        stdout=theirs,
        stderr=theirs if stderr_too else asyncio.subprocess.PIPE,
    )
    os.close(theirs)
    _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (said or b"").decode()


def _read_to_the_end(terminal: int) -> str:
    """Linux says EIO when nobody has the other end any more."""
    shown = b""
    with suppress(OSError):
        while data := os.read(terminal, 65_536):
            shown += data
    os.close(terminal)
    return shown.decode(errors="replace")


async def until(connection: asyncpg.Connection, query: str, *arguments: object) -> None:
    """Return once the query's answer is true."""
    async with asyncio.timeout(IN_TIME):
        while not await connection.fetchval(query, *arguments):
            await asyncio.sleep(0.02)
