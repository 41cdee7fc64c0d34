"""What lies in the queues is asked of a broker that may go meanwhile."""

import aio_pika
import pytest

from worker.broker import LOST
from worker.console.queues import depths
from worker.topology import Topology


async def test_a_connection_that_ends_between_two_queues_is_a_lost_one(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await aio_pika.connect(amqp_url)
    opened = connection.channel

    def ending(**options: bool) -> object:
        monkeypatch.undo()
        channel = opened(**options)
        channel.close_callbacks.add(lambda *_: connection.close())
        return channel

    monkeypatch.setattr(connection, "channel", ending)
    with pytest.raises(LOST):
        await depths(connection, Topology())
    await connection.close()
