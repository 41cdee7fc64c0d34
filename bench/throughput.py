"""Handovers a second on a backlog: every contestant in turn, round by round."""

from collections.abc import AsyncGenerator

from bench.backlog import Case, run
from bench.contestant import CONTESTANTS, OURS, Contestant
from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HUNDRED, PROFILES, requests

GROUP = "throughput"


async def measure(stage: Stage, scale: Scale, *, everyone: bool = True) -> AsyncGenerator[Result, None]:
    """Each profile with each number of processes. Not `everyone`: the others only on a hundred tenants."""
    cases = [
        Case(
            group=GROUP,
            name=f"{profile.name}, {processes} {'process' if processes == 1 else 'processes'}",
            profile=profile,
            count=scale.backlog,
            requests=backlog.__iter__,
            window=scale.window,
            processes=processes,
        )
        for profile in PROFILES
        for backlog in [requests(profile, scale.backlog)]
        for processes in scale.processes
    ]
    for turn in range(scale.rounds):
        for case in cases:
            for contestant in in_turn(turn):
                if everyone or contestant is OURS or case.profile is HUNDRED:
                    stage.say(f"round {turn + 1}/{scale.rounds}: {case.name}: {contestant.name}")
                    yield await run(stage, contestant, case)


def in_turn(turn: int) -> tuple[Contestant, ...]:
    """All contestants, another one first in each round."""
    first = turn % len(CONTESTANTS)
    return CONTESTANTS[first:] + CONTESTANTS[:first]
