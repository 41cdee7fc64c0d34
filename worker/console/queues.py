"""How much lies in the worker's queues, and how many take from them."""

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity

from worker.console.pulse import Queue
from worker.topology import Topology


async def depths(connection: AbstractConnection, topology: Topology) -> dict[str, Queue | None]:
    """By name; None is one that is not there. Raises one of worker.broker.LOST."""
    names = (topology.requests, topology.agents, topology.dead_letters)
    try:
        return {name: await _depth(connection, name) for name in names}
    except RuntimeError as error:  # aio_pika's, bare, of a connection that ended between two of them
        raise ConnectionError(str(error)) from error


async def _depth(connection: AbstractConnection, name: str) -> Queue | None:
    try:
        # A channel of its own: the broker closes it where there is no such queue.
        async with connection.channel(publisher_confirms=False) as channel:
            underlay = await channel.get_underlay_channel()
            found = await underlay.queue_declare(name, passive=True)
    except ChannelNotFoundEntity:
        return None
    return Queue(found.message_count or 0, found.consumer_count or 0)
