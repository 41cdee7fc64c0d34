"""Past one queue: K queues behind a consistent-hash exchange, a worker for each; beside it K workers on one queue."""

from collections.abc import AsyncGenerator, Callable, Iterator

import aio_pika

from bench import broker
from bench.backlog import Case, figures, run, verdict, watch
from bench.contestant import OURS, Died, crew
from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HUNDRED, Request, requests
from worker.topology import Topology

GROUP = "sharding"
EXCHANGE = "handover.sharded"
SHARDS = (1, 2, 4)

PLUGINS = ("rabbitmq_consistent_hash_exchange",)


async def measure(stage: Stage, scale: Scale) -> AsyncGenerator[Result, None]:
    """K workers on one queue, and on K queues, for each K."""
    backlog = requests(HUNDRED, scale.backlog)
    for turn in range(scale.rounds):
        for count in SHARDS:
            case = _case(f"{_some(count, 'worker')}, one queue", count, backlog.__iter__, scale)
            stage.say(f"round {turn + 1}/{scale.rounds}: {case.name}")
            yield await run(stage, OURS, case)
            case = _case(f"{_some(count, 'worker')}, {_some(count, 'queue')}", count, backlog.__iter__, scale)
            stage.say(f"round {turn + 1}/{scale.rounds}: {case.name}")
            yield await run_sharded(stage, case)


async def run_sharded(stage: Stage, case: Case) -> Result:
    """One run: each process has a queue of its own, and a tenant is always in the same."""
    shards = [Topology(f"shard{number}") for number in range(case.processes)]
    database = await stage.databases.for_run(case.profile, agents=case.agents)
    await broker.reset(stage.amqp, [Topology(), *shards])
    await _spread_over(stage.amqp, shards)
    await broker.load(stage.amqp, case.requests(), exchange=EXCHANGE, key=lambda request: request.tenant)
    settings = tuple({"HANDOVER_EXCHANGE": shard.exchange} for shard in shards)
    wrong: list[str] = []
    found: dict[str, float] = {}
    try:
        async with crew(
            OURS, stage.logs / "contestant.log", stage.urls(database), settings=settings
        ) as running:
            found = figures(await watch(stage, running, case.count, case.window))
            await running.stop()
    except Died as death:
        wrong.append(str(death))
    async with broker.opened(stage.amqp, confirms=False) as channel:
        left = sum([await broker.count(channel, shard.requests) for shard in shards])
    came_out = await broker.drained(stage.amqp, broker.SINK)
    wrong += await verdict(database, came_out, published=case.count, left=left)
    return Result(group=GROUP, case=case.name, contestant=OURS.name, figures=found, wrong=wrong)


async def _spread_over(url: str, shards: list[Topology]) -> None:
    """A consistent-hash exchange that bots publish to with the tenant as routing key; an equal share for each."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.exchange_delete(EXCHANGE)
        exchange = await channel.declare_exchange(EXCHANGE, "x-consistent-hash", durable=True)
        for shard in shards:
            queue = await channel.get_queue(shard.requests, ensure=False)
            await queue.bind(exchange, "20")


def _case(name: str, processes: int, backlog: Callable[[], Iterator[Request]], scale: Scale) -> Case:
    return Case(
        group=GROUP,
        name=name,
        profile=HUNDRED,
        count=scale.backlog,
        requests=backlog,
        window=scale.window,
        processes=processes,
    )


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
