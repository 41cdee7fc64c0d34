"""Does it stay as fast when the tables are full and the tenant has many agents?"""

from collections.abc import AsyncGenerator

from bench.backlog import Case, run
from bench.contestant import ONE_FUNCTION, ONE_TRANSACTION, OURS
from bench.databases import EMPTY
from bench.filling import GROWN, fill
from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HOT, requests

GROUP = "growth"
FEW = 10


async def measure(stage: Stage, scale: Scale, *, everyone: bool = True) -> AsyncGenerator[Result, None]:
    """One hot tenant: few agents and empty tables, many agents, and many agents with full tables.

    Not `everyone`: ours alone, and many agents alone. What is compared are the cases of one contestant, and so each
    has its own one after the other.
    """
    stage.say(f"filling the tables with {scale.grown:,} handovers")
    await fill(stage.databases, scale.grown)
    count = scale.longer * scale.backlog
    backlog = requests(HOT, count)
    cases = [
        Case(
            group=GROUP,
            name=f"{agents:,} agents, {tables}",
            profile=HOT,
            count=count,
            requests=backlog.__iter__,
            window=scale.longer * scale.window,
            agents=agents,
            template=template,
        )
        for agents, tables, template in (
            (FEW, "empty tables", EMPTY),
            (scale.crowd, "empty tables", EMPTY),
            (scale.crowd, f"{scale.grown:,} old handovers", GROWN),
        )
        if everyone or agents == scale.crowd
    ]
    contestants = (OURS, ONE_TRANSACTION, ONE_FUNCTION) if everyone else (OURS,)
    for turn in range(scale.rounds):
        for contestant in contestants:
            for case in cases:
                stage.say(f"round {turn + 1}/{scale.rounds}: {case.name}: {contestant.name}")
                yield await run(stage, contestant, case)
