"""A broker that comes up hangs up on whoever is early; one that falls silent leaves nothing of a connection open."""

import asyncio
from datetime import UTC, datetime

import pytest
from chaos.proxy import in_front_of

from worker.broker import LOST, connected, open_channel
from worker.framing import Outgoing
from worker.servers.probe import LOOPBACK
from worker.topology import Topology
from worker.window import publish


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.close()


async def test_a_broker_that_hangs_up_before_its_greeting_is_away() -> None:
    server = await asyncio.start_server(_hang_up, LOOPBACK)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(LOST, match="hung up"):
            async with connected(f"amqp://guest:guest@{LOOPBACK}:{port}/", "test"):
                pass


async def test_a_connection_whose_broker_falls_silent_is_closed_all_the_same(
    amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.broker.CALL_SECONDS", 0.5)
    async with in_front_of(amqp_url) as (url, proxy):
        async with connected(url, "test") as connection:
            proxy.up.deaf = True
        assert connection.is_closed


async def test_a_broker_that_hangs_up_between_two_frames_is_lost_to_who_waits_for_its_answer(
    amqp_url: str,
) -> None:
    message = Outgoing("nowhere", "text/plain", None, "1", datetime.now(UTC), "a.test", "tests", b"1")
    async with in_front_of(amqp_url) as (url, proxy), open_channel(url, "test", Topology()) as channel:
        proxy.down.deaf = True
        waiting = asyncio.ensure_future(publish(channel, "", [message], within_seconds=10))
        async with asyncio.timeout(5):
            while not channel.confirmations:
                await asyncio.sleep(0.01)
        for link in proxy.links:
            link.client.close()

        [error] = (await waiting).values()

    assert isinstance(error, LOST)
    assert "hung up" in str(error)
