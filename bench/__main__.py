"""`python -m bench`: see README.md beside this file."""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import growth, latency, memory, report, throughput
from bench.meter import instructions_countable
from bench.result import Result
from bench.scale import FULL, QUICK, Scale
from bench.stage import Stage, set_up
from worker.servers.orphan import die_with_parent_if_asked

PARTS = ("throughput", "latency", "growth", "memory")


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks on servers of their own."
    )
    parser.add_argument("part", nargs="?", default="all", choices=(*PARTS, "all"))
    parser.add_argument("--quick", action="store_true", help="less of everything: under two minutes")
    parser.add_argument("--rounds", type=int, help="how often each run is repeated")
    parser.add_argument("--window", type=float, help="most seconds of a backlog that are watched")
    parser.add_argument("--out", type=Path, default=Path("bench/results"), help="where the results go")
    return parser.parse_args(words)


def scale_of(asked: argparse.Namespace) -> Scale:
    """How much of everything."""
    scale = QUICK if asked.quick else FULL
    return replace(scale, rounds=asked.rounds or scale.rounds, window=asked.window or scale.window)


async def measure(stage: Stage, part: str, scale: Scale, *, quick: bool) -> AsyncGenerator[Result, None]:
    """Every result of the part, or of all parts, as it comes."""
    parts = {
        "throughput": partial(throughput.measure, stage, scale, everyone=not quick),
        "latency": partial(latency.measure, stage, scale, everyone=not quick),
        "growth": partial(growth.measure, stage, scale, everyone=not quick),
        "memory": partial(memory.measure, stage, scale),
    }
    for name, results in parts.items():
        if part in (name, "all"):
            async for result in results():
                yield result


async def run(asked: argparse.Namespace) -> list[Result]:
    """Measure on new servers."""
    results = []
    with set_up(countable=instructions_countable()) as stage:
        await stage.databases.prepare()
        async with aclosing(measure(stage, asked.part, scale_of(asked), quick=asked.quick)) as coming:
            async for result in coming:
                results.append(result)
                stage.say(report.line(result))
    return results


def main() -> int:
    """0: the oracle was content throughout."""
    die_with_parent_if_asked()
    asked = arguments(sys.argv[1:])
    results = asyncio.run(run(asked))
    report.write(results, asked.out)
    print(report.text(results))
    return int(any(result.wrong for result in results))


if __name__ == "__main__":
    sys.exit(main())
