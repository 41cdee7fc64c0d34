"""How much the worker holds: with a million messages waiting, and after an hour's traffic."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from bench.backlog import Case, run
from bench.contestant import OURS
from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HUNDRED, REPEAT, terse

GROUP = "memory"
HOUR_WINDOW = 600.0


async def measure(stage: Stage, scale: Scale, *, everyone: bool = True) -> AsyncGenerator[Result, None]:
    """Ours alone, once: what it holds does not vary as time does. Not `everyone`: no hour."""
    for case in (
        Case(
            group=GROUP,
            name=f"a backlog of {scale.queued:,}",
            profile=HUNDRED,
            count=scale.queued,
            requests=lambda: terse(HUNDRED, scale.queued),
            window=2 * scale.window,
            growing=True,
        ),
        Case(
            group=GROUP,
            name=f"{scale.hour:,} handovers, an hour at {scale.hour / 3600:.0f}/s",
            profile=REPEAT,
            count=scale.hour,
            requests=lambda: terse(REPEAT, scale.hour),
            window=HOUR_WINDOW,
            growing=True,
        ),
    ):
        if case.profile is REPEAT and not everyone:
            continue
        stage.say(case.name)
        result = await run(stage, OURS, case)
        yield replace(
            result, figures=dict(sorted(result.figures.items(), key=lambda item: "RSS" not in item[0]))
        )
