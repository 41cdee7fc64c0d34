"""What happens to an operator's commands: a replay is killed half-way, and resumed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos.nemesis import Fault
from chaos.stage import Stage

HANDOVER = Path(sys.executable).with_name("handover")
RESUME_SECONDS = 60


@asynccontextmanager
async def replay_killed(stage: Stage) -> AsyncIterator[None]:
    """All letters are replayed, the replay is killed, and another takes it to its end; each fails again."""
    replay = await _replay(stage, "--all")
    await asyncio.sleep(stage.rng.uniform(0.5, 2.5))
    if replay.returncode is None:
        replay.kill()
    await replay.wait()
    yield
    async with asyncio.timeout(RESUME_SECONDS):
        await (await _replay(stage, "--resume", "--wait", "5")).wait()


async def _replay(stage: Stage, *words: str) -> asyncio.subprocess.Process:
    nothing = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        HANDOVER,
        "dead-letters",
        "replay",
        *words,
        env=stage.fleet.environment,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
    )


def faults() -> Iterator[Fault]:
    yield Fault("replay-kill", replay_killed)
