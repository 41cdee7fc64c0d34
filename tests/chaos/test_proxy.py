"""The proxy does to a connection what it says."""

import asyncio
from contextlib import suppress
from random import Random

import pytest

from chaos.frames import Frames, bad_ack
from chaos.proxy import proxied

HELLO = b"AMQP\x00\x00\x09\x01"
CONSUME = b"\x01\x00\x07\x00\x00\x00\x05\x00\x3c\x00\x14x\xce"


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(100):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


async def test_a_proxy_carries_loses_and_cuts() -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1")
    address = server.sockets[0].getsockname()[:2]
    async with proxied(address, Random(0)) as proxy, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"

        proxy.up.deaf = True
        writer.write(b"two")
        while not any(link.lossy for link in proxy.links):
            await asyncio.sleep(0.01)
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.transport.abort()

        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.cut_after(b"commit", every=2)
        writer.write(b"COMMIT 1;")
        assert await reader.readexactly(9) == b"COMMIT 1;"
        writer.write(b"COMMIT 2;")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()
        assert proxy.cuts == 1
    server.close()


def test_frames_are_followed_however_they_are_cut() -> None:
    frames = Frames()
    seen = []
    for byte in HELLO + CONSUME + bad_ack(7):
        frames.feed(bytes([byte]))
        seen.append(frames.between)

    assert [n for n, between in enumerate(seen, 1) if between] == [
        len(HELLO),
        len(HELLO + CONSUME),
        len(HELLO + CONSUME + bad_ack(7)),
    ]
    assert frames.channel == 7
