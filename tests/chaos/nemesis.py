"""Breaks one thing after another, each drawn from the seed, and measures how long it takes to be well again."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from random import Random

from chaos.facts import Recovery
from chaos.stage import Stage

Break = Callable[[Stage], AbstractAsyncContextManager[None]]
Say = Callable[[str], None]

CALM_SECONDS = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """Entering breaks, leaving heals; between them it is left broken for `seconds`."""

    name: str
    harm: Break
    seconds: float = 0.0


@dataclass(slots=True)
class Nemesis:
    """Goes through the faults in an order of its own, again and again."""

    stage: Stage
    faults: Sequence[Fault]
    rng: Random
    say: Say
    recoveries: list[Recovery] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)

    async def run(self, until: float, *, at_least_once: bool) -> None:
        """Strike until that time of the monotonic clock; every fault once, if asked, however long that takes."""
        began = time.monotonic()
        while time.monotonic() < until or (at_least_once and len(self.struck) < len(self.faults)):
            for fault in self.rng.sample(self.faults, len(self.faults)):
                if time.monotonic() >= until and not (at_least_once and fault.name not in self.struck):
                    continue
                await asyncio.sleep(self.rng.uniform(*CALM_SECONDS))
                await self._strike(fault, began)
            if not self.faults:
                await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def _strike(self, fault: Fault, began: float) -> None:
        self.say(f"{time.monotonic() - began:7.1f} s  {fault.name}")
        async with fault.harm(self.stage):
            await self.stage.hold(fault.seconds)
        self.struck[fault.name] = self.struck.get(fault.name, 0) + 1
        seconds = await self.stage.probe()
        self.recoveries.append(Recovery(fault.name, seconds))
        told = "it does not recover" if seconds is None else f"recovered in {seconds:.2f} s"
        self.say(f"{time.monotonic() - began:7.1f} s  {fault.name} healed, {told}")
