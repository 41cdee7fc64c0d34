"""One run: everything is started, used and broken, healed, and held against the rules."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg

from chaos import roster, world
from chaos.checker import Verdict, judge
from chaos.facts import Facts, Recovery
from chaos.fleet import Fleet, environment
from chaos.gathering import gather
from chaos.history import History
from chaos.load import Load
from chaos.messages import REFUSED
from chaos.nemesis import Fault, Nemesis, Say
from chaos.proxy import proxied, through
from chaos.sampling import Samples, sample
from chaos.servers import Servers
from chaos.stage import Stage
from chaos.subscriber import Subscriber
from chaos.upkeep import Upkeep, watch
from worker.migrations import migrate

HEARTBEAT = 4
"""Seconds, of the workers' connections to RabbitMQ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done. `every_fault`: go on until each has struck once, however long that takes."""

    seed: int
    seconds: float
    faults: Sequence[Fault]
    workers: int = 2
    rate: float = 60
    pace: float = 1.0
    every_fault: bool = False
    patience: float = 60.0
    sabotage: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    plan: Plan
    facts: Facts
    verdict: Verdict
    struck: Mapping[str, int]
    figures: Mapping[str, int | float | None]


async def carry_out(plan: Plan, servers: Servers, logs: Path, say: Say) -> Result:
    """Run it. Whatever was started has ended when this returns."""
    rng = Random(plan.seed)
    began = time.monotonic()
    async with _staged(plan, servers, logs, rng) as (stage, samples, upkeep):
        nemesis = Nemesis(stage, plan.faults, Random(rng.random()), say)
        first = await stage.probe()
        nemesis.recoveries.append(Recovery("the start", first))
        await nemesis.run(time.monotonic() + plan.seconds, at_least_once=plan.every_fault)
        say("everything is healed; waiting until all is quiet")
        await stage.load.pause()
        if not await stage.quiet():
            say("it did not get quiet")
        await stage.fleet.stop()
        facts = await gather(
            stage.dsn,
            stage.amqp_url,
            stage.history,
            samples,
            recoveries=nemesis.recoveries,
            surprises=stage.fleet.surprises,
            grown=upkeep.grown(),
        )
    verdict = judge(facts)
    figures = {
        **verdict.figures,
        **upkeep.figures(),
        "looked at, times": samples.taken,
        "workers started": stage.fleet.starts,
        "faults": sum(nemesis.struck.values()),
        "seconds": round(time.monotonic() - began),
    }
    return Result(plan, facts, verdict, nemesis.struck, figures)


@asynccontextmanager
async def _staged(
    plan: Plan, servers: Servers, logs: Path, rng: Random
) -> AsyncIterator[tuple[Stage, Samples, Upkeep]]:
    postgres, database = servers.postgres, await servers.add_database()
    dsn, direct = postgres.url(database), await servers.add_vhost()
    await migrate(postgres.url_of_primary(database))
    connection = await asyncpg.connect(postgres.url_of_primary(database))
    await roster.write(connection, REFUSED)
    await connection.close()
    history, samples = History(), Samples()
    first, *others = servers.rabbit.addresses
    async with (
        AsyncExitStack() as stack,
        proxied(first, Random(rng.random()), *others) as to_rabbit,
        proxied(first, Random(rng.random()), *others) as unharmed,
        asyncio.TaskGroup() as tasks,
    ):
        to_postgres = [
            await stack.enter_async_context(proxied(address, Random(rng.random())))
            for address in postgres.addresses
        ]
        amqp_url = through(direct, unharmed.port)
        subscriber = Subscriber(amqp_url, history)
        load = Load(amqp_url, Random(rng.random()), history, plan.rate)
        variables = environment(
            postgres.url(database, [proxy.port for proxy in to_postgres]),
            f"{through(direct, to_rabbit.port)}?heartbeat={HEARTBEAT}",
            **plan.settings,
        )
        fleet = Fleet(variables, logs, plan.workers, plan.sabotage)
        upkeep = Upkeep(lambda: fleet.veteran)
        stage = Stage(
            servers=servers,
            dsn=dsn,
            amqp_url=amqp_url,
            to_postgres=to_postgres,
            to_rabbit=to_rabbit,
            fleet=fleet,
            load=load,
            subscriber=subscriber,
            history=history,
            rng=Random(rng.random()),
            pace=plan.pace,
            patience=plan.patience,
        )
        listening = tasks.create_task(subscriber.run())
        await subscriber.ready.wait()
        endless = [
            tasks.create_task(work)
            for work in (
                fleet.run(),
                load.run(),
                world.go_on(dsn, Random(rng.random())),
                sample(dsn, samples),
                watch(dsn, upkeep),
            )
        ]
        try:
            yield stage, samples, upkeep
        finally:
            for task in (listening, *endless):
                task.cancel()
