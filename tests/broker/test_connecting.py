"""A broker that comes up hangs up on whoever is early: it is away, and nothing else."""

import asyncio

import pamqp.frame
import pytest
from pamqp.commands import Connection

from worker.broker import LOST, connected
from worker.servers.probe import LOOPBACK

START = Connection.Start(server_properties={}, mechanisms="PLAIN", locales="en_US")


async def _greet_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(pamqp.frame.marshal(START, 0))
    writer.write_eof()
    await reader.read()
    writer.close()


async def test_a_broker_that_hangs_up_after_its_greeting_is_away() -> None:
    server = await asyncio.start_server(_greet_and_hang_up, LOOPBACK)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(LOST):
            async with connected(f"amqp://guest:guest@{LOOPBACK}:{port}/", "test"):
                pass
