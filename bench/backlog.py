"""One run on a backlog: load the queue, start the contestant, watch, stop, judge."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import asyncpg
from aiormq.abc import DeliveredMessage

from bench import broker, instructions, oracle, passing
from bench.contestant import Contestant, Crew, Died, crew
from bench.databases import EMPTY
from bench.evidence import gather
from bench.meter import spent
from bench.result import Result
from bench.samples import Sample, pace
from bench.stage import Stage
from bench.traffic import Profile, Request
from worker.topology import Topology

SAMPLE_SECONDS = 0.1
START_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A backlog to be drained, or a `window` of seconds of it; `template` is the database it meets.

    `growing`: how memory grows is of interest.
    """

    group: str
    name: str
    profile: Profile
    count: int
    requests: Callable[[], Iterable[Request]]
    window: float
    processes: int = 1
    agents: int = 10
    template: str = EMPTY
    growing: bool = False


async def run(stage: Stage, contestant: Contestant, case: Case) -> Result:
    """Run it, and have the oracle look at what is left."""
    database = await stage.databases.for_run(case.profile, agents=case.agents, template=case.template)
    await broker.reset(stage.amqp)
    await broker.load(stage.amqp, case.requests())
    watched = Watched([], None)
    wrong: list[str] = []
    try:
        async with crew(
            contestant, stage.logs / "contestant.log", stage.urls(database), case.processes
        ) as running:
            watched = await watch(stage, running, case.count, case.window)
            await running.stop()
    except Died as death:
        wrong.append(str(death))
    wrong += await judge(stage, contestant, database, case)
    if not (measured := figures(watched, growing=case.growing)):
        wrong.append("nothing was handled in the time there was")
    return Result(
        group=case.group,
        case=case.name,
        contestant=contestant.name,
        figures=measured,
        wrong=wrong,
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a run; `instructions` a handover where they could be counted."""

    samples: list[Sample]
    instructions: float | None


async def watch(stage: Stage, running: Crew, total: int, window: float) -> Watched:
    """Sample until everything is handled, or `window` seconds after the first was."""
    loop = asyncio.get_running_loop()
    samples: list[Sample] = []
    deadline = loop.time() + START_SECONDS
    counting, counted_from = None, 0
    async with broker.opened(stage.amqp, confirms=False) as channel:
        while True:
            handled = await broker.count(channel, broker.SINK)
            now = loop.time()
            samples.append(Sample(now, handled, *spent(running.pids)))
            if handled and counting is None and stage.countable:
                counting, counted_from = await instructions.start(running.pids), handled
            if handled and samples[max(0, len(samples) - 2)].handled == 0:
                deadline = now + window
            if handled >= total or now >= deadline:
                break
            running.refuse_if_ended()
            await asyncio.sleep(SAMPLE_SECONDS)
    executed = await instructions.stop(counting) if counting else None
    done = samples[-1].handled - counted_from
    return Watched(samples, executed / done if executed and done > 0 else None)


def figures(watched: Watched, *, growing: bool = False) -> dict[str, float]:
    """The figures of a run; none when nothing was handled. `growing`: also how memory went."""
    found = pace(watched.samples)
    if found is None:
        return {}
    known: dict[str, float] = {
        "handovers/s": found.rate,
        "CPU us": found.cpu_us,
        "RSS MB": found.resident / 1e6,
        "handled": watched.samples[-1].handled,
    }
    if growing:
        known["RSS MB at first"] = found.resident_at_first / 1e6
        known["RSS MB at last"] = found.resident_at_last / 1e6
    if watched.instructions:
        known["instructions"] = watched.instructions
    return known


async def judge(stage: Stage, contestant: Contestant, database: str, case: Case) -> list[str]:
    """What the oracle finds wrong, all processes having ended."""
    async with broker.opened(stage.amqp, confirms=False) as channel:
        left = await broker.count(channel, Topology().requests)
    came_out = await broker.drained(stage.amqp, broker.SINK)
    if not contestant.has_database:
        ids = [message.header.properties.correlation_id or "" for message in came_out]
        return passing.violations([request.id for request in case.requests()], left, ids)
    return await verdict(database, came_out, published=case.count, left=left)


async def verdict(
    database: str, came_out: Sequence[DeliveredMessage], *, published: int, left: int
) -> list[str]:
    """What is wrong with what a contestant with a database left behind."""
    connection = await asyncpg.connect(database)
    try:
        facts = await gather(
            connection, (message.body for message in came_out), published=published, left=left
        )
    finally:
        await connection.close()
    return oracle.violations(facts)
