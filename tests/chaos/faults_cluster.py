"""What happens to a cluster of RabbitMQ: nodes die, stop, or are cut off from the others."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from chaos.cluster import NAMES, Cluster
from chaos.clustered import ClusteredRabbit
from chaos.faults_rabbitmq import vhost
from chaos.nemesis import Fault
from chaos.stage import Stage
from worker.topology import Topology

PREFIX = "cluster-"


@asynccontextmanager
async def leader_killed(stage: Stage) -> AsyncIterator[None]:
    """The node that leads the queue of requests dies."""
    async with mended(stage) as cluster:
        await stage.servers.do(cluster.kill, await leader(stage, cluster))
        yield


@asynccontextmanager
async def node_stopped(stage: Stage) -> AsyncIterator[None]:
    """A node ends in good order."""
    async with mended(stage) as cluster:
        await stage.servers.do(cluster.stop, stage.rng.choice(NAMES))
        yield


@asynccontextmanager
async def leader_cut_off(stage: Stage) -> AsyncIterator[None]:
    """The node that leads the queue of requests sees no other node: it pauses, and throws its clients out."""
    async with mended(stage) as cluster:
        await stage.servers.do(cluster.cut_off, await leader(stage, cluster))
        yield


@asynccontextmanager
async def follower_cut_off(stage: Stage) -> AsyncIterator[None]:
    """The same with one that does not lead it."""
    async with mended(stage) as cluster:
        leads = await leader(stage, cluster)
        await stage.servers.do(cluster.cut_off, stage.rng.choice([name for name in NAMES if name != leads]))
        yield


@asynccontextmanager
async def restarted_in_turn(stage: Stage) -> AsyncIterator[None]:
    """One node after the other, as for an upgrade."""
    async with mended(stage) as cluster:
        for name in NAMES:
            await stage.servers.do(cluster.stop, name)
            await stage.servers.do(cluster.start, name)
        yield


@asynccontextmanager
async def mended(stage: Stage) -> AsyncIterator[Cluster]:
    """The cluster; all its nodes are together at the end."""
    assert isinstance(stage.servers.rabbit, ClusteredRabbit)
    cluster = stage.servers.rabbit.cluster
    try:
        yield cluster
    finally:
        await stage.servers.do(cluster.mend)


async def leader(stage: Stage, cluster: Cluster) -> str:
    """Who leads the queue of requests."""
    return await stage.servers.do(cluster.leader, Topology().requests, vhost(stage))


def faults() -> Iterator[Fault]:
    yield Fault(f"{PREFIX}leader-killed", leader_killed, 5)
    yield Fault(f"{PREFIX}node-stopped", node_stopped, 5)
    yield Fault(f"{PREFIX}leader-cut-off", leader_cut_off, 10)
    yield Fault(f"{PREFIX}follower-cut-off", follower_cut_off, 10)
    yield Fault(f"{PREFIX}restarted-in-turn", restarted_in_turn)
