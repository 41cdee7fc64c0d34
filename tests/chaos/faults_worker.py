"""What happens to workers: killed at random and at named points, told to stop, frozen."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from chaos.nemesis import Fault
from chaos.points import POINTS
from chaos.stage import Stage

REACH_SECONDS = 45.0
FROZEN_SECONDS = 12.0
"""Longer than the broker's patience with a heartbeat of `run.HEARTBEAT` seconds."""


@asynccontextmanager
async def killed(stage: Stage) -> AsyncIterator[None]:
    """A worker is killed with whatever it has in its hands."""
    worker = await stage.fleet.one(stage.rng)
    worker.send(signal.SIGKILL)
    yield


@asynccontextmanager
async def terminated(stage: Stage) -> AsyncIterator[None]:
    """A worker is told to stop while messages keep coming."""
    worker = await stage.fleet.one(stage.rng)
    worker.send(signal.SIGTERM)
    await worker.process.wait()
    yield


@asynccontextmanager
async def frozen(stage: Stage) -> AsyncIterator[None]:
    """A worker is stopped in mid-air, longer than a heartbeat, and goes on as if nothing had happened."""
    worker = await stage.fleet.one(stage.rng)
    worker.send(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send(signal.SIGCONT)


@asynccontextmanager
async def killed_at(stage: Stage, point: str) -> AsyncIterator[None]:
    """A worker gets to a named point of its work, and no further."""
    async with stage.fleet.struck(point, stage.rng.randint(1, 3)) as worker:
        try:
            async with asyncio.timeout(REACH_SECONDS):
                await worker.process.wait()
        except TimeoutError:
            stage.fleet.surprises.append(f"no worker got to {point} within {REACH_SECONDS:g} s")
        yield


def faults() -> Iterator[Fault]:
    yield Fault("worker-kill", killed)
    yield Fault("worker-term", terminated)
    yield Fault("worker-freeze", frozen, FROZEN_SECONDS)
    for point in POINTS:
        yield Fault(f"kill-at-{point}", partial(killed_at, point=point))
