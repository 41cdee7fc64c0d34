"""A broker that comes up hangs up on whoever is early: it is away, and nothing else."""

import asyncio

import pytest

from worker.broker import LOST, connected
from worker.servers.probe import LOOPBACK


async def _listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_a_broker_that_hangs_up_before_a_frame_is_awaited_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def at_its_end(_: object) -> None:
        # What the client does when the end of the stream has come before it asks for a frame.
        raise StopAsyncIteration

    monkeypatch.setattr("aiormq.connection.FrameReceiver.get_frame", at_its_end)
    server = await asyncio.start_server(_listen, LOOPBACK)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(LOST):
            async with connected(f"amqp://guest:guest@{LOOPBACK}:{port}/", "test"):
                pass
