"""From the bot's publishing to a subscriber's receipt, open loop.

A handover's clock starts when it was due to be sent, not when it was: whoever is slow cannot slow the bot down and so
hide it. One without an answer when the run ends counts with its age.
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import monotonic_ns

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic

from bench import broker, passing
from bench.backlog import verdict
from bench.contestant import CONTESTANTS, ONE_TRANSACTION, OURS, Contestant, Crew, Died, crew
from bench.meter import spent
from bench.percentiles import percentile
from bench.result import Result
from bench.scale import Scale
from bench.stage import Stage
from bench.traffic import HUNDRED, Request, requests
from worker.topology import Topology

GROUP = "latency"
READY_SECONDS = 30
WARM_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""After the last was sent, for the last answers."""

MS = 1e6
SUBSCRIBER = "bench.subscriber"
END = "the end"


@dataclass(slots=True)
class Clock:
    """When each handover was due and was answered, in nanoseconds; all that was heard, warm-up too."""

    due: dict[str, int] = field(default_factory=dict)
    late: list[int] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)
    heard: list[DeliveredMessage] = field(default_factory=list)

    async def hear(self, message: DeliveredMessage) -> None:
        """The subscriber."""
        now = monotonic_ns()
        self.heard.append(message)
        self.answered.setdefault(message.header.properties.correlation_id or "", now)

    def complete(self, ids: Sequence[str]) -> bool:
        return all(each in self.answered for each in ids)


async def measure(stage: Stage, scale: Scale, *, everyone: bool = True) -> AsyncGenerator[Result, None]:
    """Every rate. Not `everyone`: ours and one transaction a message alone."""
    contestants = CONTESTANTS if everyone else (OURS, ONE_TRANSACTION)
    for turn in range(scale.rounds):
        for rate in scale.rates:
            for contestant in contestants:
                stage.say(f"round {turn + 1}/{scale.rounds}: {rate}/s: {contestant.name}")
                yield await run(stage, contestant, rate, scale.latency_seconds)


async def run(stage: Stage, contestant: Contestant, rate: int, seconds: float) -> Result:
    """Send for so long at that rate, after a second that warms up, and have the oracle look at what is left."""
    warm, measured = round(rate * WARM_SECONDS), round(rate * seconds)
    sent = requests(HUNDRED, warm + measured)
    database = await stage.databases.for_run(HUNDRED, agents=10)
    await broker.reset(stage.amqp, sink=False)
    clock, cpu, wrong = Clock(), 0.0, []
    async with subscribed(stage.amqp, clock), broker.opened(stage.amqp) as bot:
        try:
            async with crew(contestant, stage.logs / "contestant.log", stage.urls(database)) as running:
                await _consuming(bot, running)
                await send(bot, sent[:warm], rate, clock)
                await _answered(clock, [each.id for each in sent[:warm]])
                began = spent(running.pids).cpu
                with _no_collection():
                    await send(bot, sent[warm:], rate, clock)
                    await _answered(clock, [each.id for each in sent])
                ended, cpu = monotonic_ns(), spent(running.pids).cpu - began
                await running.stop()
        except Died as death:
            ended = monotonic_ns()
            wrong.append(str(death))
        left = await broker.count(bot, Topology().requests)
        await _heard_out(bot, clock)
    if contestant.has_database:
        wrong += await verdict(database, clock.heard, published=len(clock.due), left=left)
    else:
        ids = [message.header.properties.correlation_id or "" for message in clock.heard]
        wrong += passing.violations([each.id for each in sent], left, ids)
    return Result(
        group=GROUP,
        case=f"{rate}/s",
        contestant=contestant.name,
        figures=figures(clock, [each.id for each in sent[warm:]], ended, cpu),
        wrong=wrong,
    )


def figures(clock: Clock, ids: Sequence[str], ended: int, cpu: float) -> dict[str, float]:
    """Percentiles in milliseconds, of these handovers alone; how late the bot itself was is within them."""
    due = [each for each in ids if each in clock.due]
    if not due:
        return {}
    ages = [(min(clock.answered.get(each, ended), ended) - clock.due[each]) / MS for each in due]
    return {
        "p50 ms": percentile(ages, 0.5),
        "p99 ms": percentile(ages, 0.99),
        "max ms": max(ages),
        "unanswered": sum(clock.answered.get(each, ended) >= ended for each in due),
        "CPU us": cpu / len(due) * 1e6,
        "bot late p99 ms": percentile(clock.late[-len(due) :], 0.99) / MS,
    }


async def send(channel: Channel, sent: Sequence[Request], rate: int, clock: Clock) -> None:
    """Publish each when it is due, whatever became of the others; all are confirmed at the end."""
    began, tasks = monotonic_ns(), set()
    for number, request in enumerate(sent):
        due = began + number * 1_000_000_000 // rate
        while (ahead := due - monotonic_ns()) > 0:
            await asyncio.sleep(ahead / 1e9)
        clock.due[request.id] = due
        clock.late.append(monotonic_ns() - due)
        task = asyncio.create_task(broker.publish(channel, request))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if -ahead > MS:
            await asyncio.sleep(0)  # behind: whoever hears the answers must not wait for that
    await asyncio.gather(*tasks)


@asynccontextmanager
async def subscribed(url: str, clock: Clock) -> AsyncIterator[None]:
    """A subscriber to all session events, with a queue of its own."""
    async with broker.opened(url, confirms=False) as channel:
        await channel.queue_declare(SUBSCRIBER, exclusive=True)
        await channel.queue_bind(SUBSCRIBER, Topology().sessions, "session.#")
        await channel.basic_consume(SUBSCRIBER, clock.hear, no_ack=True)
        yield


async def _consuming(channel: Channel, running: Crew) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not (await channel.queue_declare(Topology().requests, passive=True)).consumer_count:
            running.refuse_if_ended()
            await asyncio.sleep(0.05)


async def _answered(clock: Clock, ids: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GRACE_SECONDS
    while not clock.complete(ids) and loop.time() < deadline:
        await asyncio.sleep(0.05)


async def _heard_out(channel: Channel, clock: Clock) -> None:
    """Wait for a marker that is published behind everything the contestant published before it ended."""
    await channel.basic_publish(
        b"",
        exchange=Topology().sessions,
        routing_key="session.end",
        properties=Basic.Properties(correlation_id=END),
    )
    async with asyncio.timeout(READY_SECONDS):
        while END not in clock.answered:
            await asyncio.sleep(0.01)
    clock.heard.pop()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Our own garbage must not count as their latency."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
