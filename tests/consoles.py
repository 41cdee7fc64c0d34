"""Consoles as processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from processes import HANDOVER, RunningWorker
from visiting import TOKEN, Visitor

Open = Callable[..., Awaitable[RunningWorker]]


@pytest.fixture
async def open_console(environment: dict[str, str]) -> AsyncIterator[Open]:
    """Start `handover console` on a free port and wait until it is open; it is killed at the end of the test."""
    started: list[RunningWorker] = []

    async def start(*words: str, wait: bool = True, **settings: str) -> RunningWorker:
        given = {"HANDOVER_CONSOLE_PORT": "0", "HANDOVER_CONSOLE_TOKEN": TOKEN, **settings}
        known = {name: value for name, value in {**environment, **given}.items() if value}
        process = await asyncio.create_subprocess_exec(
            HANDOVER, "console", *words, env=known, cwd="/", stderr=asyncio.subprocess.PIPE
        )
        started.append(RunningWorker(process))
        if wait:
            await started[-1].logged("console_open")
        return started[-1]

    yield start
    for console in started:
        if console.process.returncode is None:
            console.process.kill()
        await console.ended()


@pytest.fixture
async def visitor(open_console: Open) -> Visitor:
    """Somebody who looks at a console."""
    line = await (await open_console()).logged("console_open")
    return Visitor(line["address"])


@pytest.fixture
async def ada(visitor: Visitor) -> Visitor:
    """Somebody who may act."""
    assert (await visitor.log_in()).status == 204
    return visitor
