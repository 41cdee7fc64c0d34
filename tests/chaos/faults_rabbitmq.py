"""What happens to RabbitMQ: it restarts, dies, throws everybody out, raises alarms, loses a queue, has no room."""

import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import unquote, urlsplit

from chaos.faults_postgres import LOCKS, locked
from chaos.nemesis import Fault
from chaos.stage import Stage
from chaos.subscriber import QUEUE
from worker.broker import connected
from worker.topology import Topology


@asynccontextmanager
async def stopped(stage: Stage, how: signal.Signals) -> AsyncIterator[None]:
    """The node ends, and comes back with what it had promised to keep."""
    await stage.servers.do(stage.servers.rabbit.stop, how)
    try:
        yield
    finally:
        await stage.servers.do(stage.servers.rabbit.start)


@asynccontextmanager
async def all_connections_closed(stage: Stage) -> AsyncIterator[None]:
    """The broker closes every connection."""
    await ctl(stage, "close_all_connections", "--vhost", vhost(stage), "chaos")
    yield


@asynccontextmanager
async def told(stage: Stage, broken: Sequence[str], healed: Sequence[str]) -> AsyncIterator[None]:
    """`rabbitmqctl` with some words, and after a while with others."""
    await ctl(stage, *broken)
    try:
        yield
    finally:
        await ctl(stage, *healed)


@asynccontextmanager
async def full(stage: Stage, queue: str) -> AsyncIterator[None]:
    """A queue is at its length limit: what is published to it is refused."""
    limit = (
        "set_policy",
        "-p",
        vhost(stage),
        "chaos",
        f"^{queue}$",
        '{"max-length": 1}',
        "--apply-to",
        "queues",
    )
    async with told(stage, limit, ("clear_policy", "-p", vhost(stage), "chaos")):
        yield


@asynccontextmanager
async def subscriber_full(stage: Stage) -> AsyncIterator[None]:
    """Nobody takes the session events, and their queue has no room for more: they are refused."""
    stage.subscriber.away()
    try:
        async with full(stage, QUEUE):
            yield
    finally:
        stage.subscriber.back()


@asynccontextmanager
async def deleted(stage: Stage, queue: str) -> AsyncIterator[None]:
    """A queue is deleted, while nothing is in it: what it held would be gone for good."""
    await stage.load.pause()
    try:
        await stage.quiet()
        async with connected(stage.amqp_url, "chaos-delete") as connection, connection.channel() as channel:
            await channel.queue_delete(queue)
    finally:
        stage.load.resume()
    yield


@asynccontextmanager
async def impatient(stage: Stage) -> AsyncIterator[None]:
    """The broker gives a consumer three seconds, and the workers cannot commit for longer."""
    await ctl(stage, "eval", "application:set_env(rabbit, channel_tick_interval, 1000).")
    await ctl(stage, "eval", "application:set_env(rabbit, consumer_timeout, 3000).")
    await ctl(
        stage, "close_all_connections", "--vhost", vhost(stage), "chaos"
    )  # the channels that are there keep the old
    try:
        async with locked(stage, LOCKS["tenants"]):
            yield
    finally:
        await ctl(stage, "eval", "application:set_env(rabbit, consumer_timeout, 1800000).")
        await ctl(stage, "close_all_connections", "--vhost", vhost(stage), "chaos")


async def ctl(stage: Stage, *words: str) -> None:
    """`rabbitmqctl`, while the loop goes on."""
    await stage.servers.do(stage.servers.rabbit.ctl, *words)


def vhost(stage: Stage) -> str:
    return unquote(urlsplit(stage.amqp_url).path.removeprefix("/"))


def faults() -> Iterator[Fault]:
    queue = Topology().requests
    memory = ("set_vm_memory_high_watermark", "0.00001"), ("set_vm_memory_high_watermark", "0.4")
    disk = ("set_disk_free_limit", "100000GB"), ("set_disk_free_limit", "50MB")
    yield Fault("rabbitmq-restart", partial(stopped, how=signal.SIGTERM), 1)
    yield Fault("rabbitmq-kill", partial(stopped, how=signal.SIGKILL), 1)
    yield Fault("rabbitmq-connections-closed", all_connections_closed)
    yield Fault("rabbitmq-queue-deleted", partial(deleted, queue=queue))
    yield Fault("rabbitmq-queue-full", partial(full, queue=queue), 5)
    yield Fault("rabbitmq-memory-alarm", partial(told, broken=memory[0], healed=memory[1]), 15)
    yield Fault("rabbitmq-disk-alarm", partial(told, broken=disk[0], healed=disk[1]), 15)
    yield Fault("rabbitmq-impatient", impatient, 12)
    yield Fault("rabbitmq-subscriber-full", subscriber_full, 5)
