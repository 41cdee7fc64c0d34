"""A replay of the console has an end, whatever ends it, and the pages are told."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from processes import IN_TIME

from worker.config import load
from worker.console.pages import message
from worker.console.replays import Line, Progress, Replays
from worker.letters.replays import Result
from worker.letters.running import Setting, Terms

NO_POST: Any = None


@pytest.fixture
def told() -> list[bytes]:
    return []


@pytest.fixture
def replays(amqp_url: str, database: str, monkeypatch: pytest.MonkeyPatch, told: list[bytes]) -> Replays:
    monkeypatch.setenv("AMQP_URL", amqp_url)
    monkeypatch.setenv("DATABASE_URL", database)
    return Replays(load(None), told.append)


def begun(replays: Replays, stack: AsyncExitStack, run: Callable[[Setting], Any]) -> Progress:
    progress = Progress(replay=UUID(int=1), action="replay", actor="ada", total=1)
    replays.begin(progress, Terms(), Line(NO_POST, stack), run)
    return progress


async def test_one_that_goes_on_when_the_console_ends_has_failed(replays: Replays, told: list[bytes]) -> None:
    async def run(setting: Setting) -> Result:
        del setting
        await asyncio.Event().wait()
        raise AssertionError

    progress = begun(replays, AsyncExitStack(), run)
    await replays.wind_down(0.01)

    assert (progress.state, progress.stopped_by) == ("failed", "the console ended")
    assert told[-1] == message("replay", progress.as_json())


async def test_one_that_is_done_is_done_though_its_connection_cannot_be_closed(
    replays: Replays, told: list[bytes]
) -> None:
    async def run(setting: Setting) -> Result:
        del setting
        return Result([], None, waits_on=False)

    async def lost() -> None:
        raise asyncio.CancelledError

    stack = AsyncExitStack()
    stack.push_async_callback(lost)
    progress = begun(replays, stack, run)
    await replays.wind_down(IN_TIME)

    assert (progress.state, progress.stopped_by) == ("done", None)
    assert told[-1] == message("replay", progress.as_json())
