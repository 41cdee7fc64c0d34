"""A broker that comes up hangs up on whoever is early; one that falls silent leaves nothing of a connection open."""

import asyncio
from random import Random
from urllib.parse import urlsplit

import pytest
from chaos.proxy import proxied

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


async def test_a_connection_whose_broker_falls_silent_is_closed_all_the_same(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.broker.CALL_SECONDS", 0.5)
    parts = urlsplit(amqp_url)
    async with proxied((parts.hostname or "", parts.port or 5672), Random(0)) as proxy:
        login = parts.netloc.rpartition("@")[0]
        url = parts._replace(netloc=f"{login}@{LOOPBACK}:{proxy.port}").geturl()
        async with connected(url, "test") as connection:
            proxy.up.deaf = True
        assert connection.is_closed
