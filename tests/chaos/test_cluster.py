"""A quorum queue outlives whoever leads it, and a minority promises nothing it cannot keep."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError
from aiormq.abc import FieldTable
from conftest import wanted_rabbitmq

from chaos.cluster import NAMES, Cluster, clustered
from worker.broker import connected
from worker.servers.refusal import Skipped

QUORUM: FieldTable = {"x-queue-type": "quorum"}
HASHES = "rabbitmq_consistent_hash_exchange"
IN_TIME = 30
CONFIRM_SECONDS = 5


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        with clustered(rabbitmq=wanted_rabbitmq(), plugins=[HASHES]) as started:
            yield started
    except Skipped as reason:
        pytest.skip(f"a cluster is of private nodes: {reason}")


@pytest.fixture
async def queue(cluster: Cluster) -> AsyncIterator[str]:
    """A quorum queue with a member on every node."""
    name = f"numbers-{secrets.token_hex(4)}"
    async with channel(cluster.url("a")) as opened:
        await opened.declare_queue(name, durable=True, arguments=QUORUM)
    yield name
    await asyncio.to_thread(cluster.mend)
    async with channel(cluster.url("a")) as opened:
        await opened.queue_delete(name)


@asynccontextmanager
async def channel(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel()


async def publish(to: AbstractChannel, queue: str, number: int) -> int:
    """The number, once it is confirmed."""
    message = aio_pika.Message(str(number).encode(), delivery_mode=2)
    await to.default_exchange.publish(message, queue, timeout=CONFIRM_SECONDS)
    return number


async def publish_at_last(url: str, queue: str, number: int) -> None:
    """On a new channel each time: one that published while its queue had no leader gets no good answer from 3.10."""
    async with asyncio.timeout(IN_TIME):
        while True:
            with suppress(DeliveryError, TimeoutError):
                async with channel(url) as opened:
                    await publish(opened, queue, number)
                return


async def numbers_in(cluster: Cluster, name: str, queue: str) -> set[int]:
    """All that is in the queue, as one node gives it out."""
    async with channel(cluster.url(name)) as opened:
        found = await opened.get_queue(queue)
        numbers = set()
        while message := await found.get(no_ack=True, fail=False, timeout=IN_TIME):
            numbers.add(int(message.body))
        return numbers


async def test_a_quorum_queue_outlives_its_leader(cluster: Cluster, queue: str) -> None:
    leader = await asyncio.to_thread(cluster.leader, queue)
    survivor, other = (name for name in NAMES if name != leader)
    async with channel(cluster.url(leader)) as opened:
        for number in range(10):
            await publish(opened, queue, number)
        await asyncio.to_thread(cluster.kill, leader)
    await publish_at_last(cluster.url(survivor), queue, 10)
    assert await asyncio.to_thread(cluster.leader, queue) in {survivor, other}

    await asyncio.to_thread(cluster.start, leader)
    assert cluster.together == NAMES
    assert await numbers_in(cluster, leader, queue) == set(range(11))


@pytest.mark.parametrize("leads", [True, False], ids=["the leader", "a follower"])
async def test_a_minority_confirms_nothing_it_cannot_keep(
    cluster: Cluster, queue: str, *, leads: bool
) -> None:
    leader = await asyncio.to_thread(cluster.leader, queue)
    alone = leader if leads else next(name for name in NAMES if name != leader)
    confirmed: list[int] = []

    async def publish_without_end(to: AbstractChannel) -> None:
        while True:
            confirmed.append(await publish(to, queue, len(confirmed)))

    async with channel(cluster.url(alone)) as opened:
        publishing = asyncio.ensure_future(publish_without_end(opened))
        await eventually(lambda: len(confirmed) > 10)
        await asyncio.to_thread(cluster.cut_off, alone)
        with pytest.raises((AMQPError, ChannelInvalidStateError, OSError, TimeoutError)):
            await publishing
    with pytest.raises(OSError, match="Connect call failed"):
        async with connected(cluster.url(alone), "test"):
            pass
    await publish_at_last(cluster.url(cluster.together[0]), queue, -1)

    await asyncio.to_thread(cluster.let_back, alone)
    assert cluster.together == NAMES
    await publish_at_last(cluster.url(alone), queue, -2)
    missing = {*confirmed, -1, -2} - await numbers_in(cluster, alone, queue)
    assert missing == set()


async def test_a_node_that_is_stopped_comes_back(cluster: Cluster, queue: str) -> None:
    await asyncio.to_thread(cluster.stop, "b")
    assert cluster.together == ("a", "c")
    await publish_at_last(cluster.url("c"), queue, 0)
    await asyncio.to_thread(cluster.start, "b")
    assert await numbers_in(cluster, "b", queue) == {0}


async def test_a_node_has_the_plugins_it_was_asked_for(cluster: Cluster) -> None:
    async with channel(cluster.url("b")) as opened:
        await opened.declare_exchange("hashed", "x-consistent-hash", auto_delete=True)
        await opened.exchange_delete("hashed")


async def eventually(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(IN_TIME):
        while not happened():
            await asyncio.sleep(0.01)
