"""`python -m bench`: see README.md beside this file."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import ceiling, growth, instructions, latency, memory, plot, report, sharding, throughput
from bench.machine import described
from bench.result import Result
from bench.scale import FULL, QUICK, Scale
from bench.stage import Stage, set_up
from worker.servers import ServersUnavailable
from worker.servers.orphan import die_with_parent_if_asked

PARTS = ("throughput", "latency", "growth", "memory", "sharding")
UNCOUNTABLE = "instructions cannot be counted here: perf has no such event on this machine, or is not there"

RESULTS = Path("bench/results")
PARTIAL = RESULTS / "partial"

Part = Callable[[], AsyncGenerator[Result, None]]


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks on servers of their own."
    )
    parser.add_argument("part", nargs="?", default="all", choices=(*PARTS, "all"))
    parser.add_argument("--quick", action="store_true", help="less of everything, and no sharding")
    parser.add_argument(
        "--rounds",
        type=int,
        help="how often each run of throughput, latency and growth is repeated, and of a part asked for alone",
    )
    parser.add_argument("--window", type=float, help="most seconds of a backlog that are watched")
    parser.add_argument(
        "--out",
        type=Path,
        help=f"folder for results.txt, .json and .png; {RESULTS} when all is measured, else {PARTIAL}",
    )
    return parser.parse_args(words)


def folder_of(asked: argparse.Namespace) -> Path:
    """Where the results go: those of a part do not overwrite those of the whole."""
    whole = asked.part == "all" and not asked.quick
    return asked.out or (RESULTS if whole else PARTIAL)


def scale_of(asked: argparse.Namespace) -> Scale:
    """How much of everything."""
    scale = QUICK if asked.quick else FULL
    return replace(scale, rounds=asked.rounds or scale.rounds, window=asked.window or scale.window)


async def run(asked: argparse.Namespace) -> tuple[str, list[Result]]:
    """The machine, and what was measured on it: what was asked for, each part on servers it can use."""
    scale, results, machine = scale_of(asked), list[Result](), ""
    # Of a whole run throughput, latency and growth are repeated; the others are long, or vary little.
    rest = replace(scale, rounds=1) if asked.part == "all" else scale
    everyone = not asked.quick
    wanted = PARTS if asked.part == "all" else (asked.part,)
    countable = instructions.countable()
    if set(wanted) - {"sharding"}:
        with set_up(countable=countable) as stage:
            parts: dict[str, Part] = {
                "throughput": partial(throughput.measure, stage, scale, everyone=everyone),
                "latency": partial(latency.measure, stage, scale, everyone=everyone),
                "growth": partial(growth.measure, stage, scale, everyone=everyone),
                "memory": partial(memory.measure, stage, scale, everyone=everyone),
            }
            machine = await described(stage.databases, stage.amqp)
            await _measure(stage, [parts[name] for name in parts if name in wanted], results)
    if "sharding" in wanted and (everyone or asked.part == "sharding"):
        with set_up(plugins=sharding.PLUGINS, countable=countable) as stage:
            sharded: list[Part] = [
                partial(sharding.measure, stage, rest),
                partial(ceiling.measure, stage, rest),
            ]
            machine = machine or await described(stage.databases, stage.amqp)
            await _measure(stage, sharded, results)
    return machine, results


async def _measure(stage: Stage, parts: Sequence[Part], results: list[Result]) -> None:
    await stage.databases.prepare()
    for part in parts:
        async with aclosing(part()) as coming:
            async for result in coming:
                results.append(result)
                stage.say(report.line(result))


def main() -> int:
    """0: the oracle was content throughout."""
    die_with_parent_if_asked()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = arguments(sys.argv[1:])
    try:
        machine, results = asyncio.run(run(asked))
    except ServersUnavailable as error:
        print(error, file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        return 130
    print(f"{machine}\n\n{report.text(results)}")
    if not instructions.countable():
        print(UNCOUNTABLE)
    folder = folder_of(asked)
    report.write(results, folder, machine)
    plot.write(results, folder)
    print(f"written: {folder}/results.txt, .json and .png", file=sys.stderr)
    return int(any(result.wrong for result in results))


if __name__ == "__main__":
    sys.exit(main())
