"""A TCP proxy between a worker and a server, that can be slow, deaf, or cut at a chosen moment."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from chaos.frames import Frames
from worker.servers.probe import LOOPBACK

CHUNK = 65_536
TURN_SECONDS = 0.05


@dataclass(slots=True)
class Way:
    """One direction. `deaf` loses what is sent, `half_open` only that a side has hung up.

    `drip` is bytes at a time, `delay` seconds before each of them.
    """

    delay: float = 0.0
    jitter: float = 0.0
    deaf: bool = False
    half_open: bool = False
    drip: int | None = None

    def heal(self) -> None:
        self.delay, self.jitter, self.drip = 0.0, 0.0, None
        self.deaf = self.half_open = False


@dataclass(eq=False, slots=True)
class Link:
    """One connection through the proxy. Where it is `lossy` something was lost: healing cannot mend that."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    frames: Frames = field(default_factory=Frames)
    lossy: bool = False
    hung_up: bool = False

    def reset(self) -> None:
        for stream in (self.client, self.server):
            _reset(stream)


Address = tuple[str, int]


@dataclass(eq=False, slots=True)
class Proxy:
    """`up` is from client to server. `watch` sees each chunk on its way up, and says whether to cut after it.

    Of several targets each connection gets one that takes it, as from a load balancer.
    """

    targets: Sequence[Address]
    rng: Random
    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)
    links: set[Link] = field(default_factory=set)
    port: int = 0
    watch: Callable[[bytes], bool] | None = None
    cuts: int = 0

    def reset(self) -> None:
        """Reset every connection."""
        for link in list(self.links):
            link.reset()

    def heal(self) -> None:
        """Be a wire again."""
        self.up.heal()
        self.down.heal()
        self.watch = None
        for link in list(self.links):
            if link.lossy:
                link.reset()

    def cut_after(self, pattern: bytes, every: int) -> None:
        """Whenever so many chunks with that in them have gone up, cut the connection before an answer comes down."""
        seen = 0

        def watch(chunk: bytes) -> bool:
            nonlocal seen
            found = pattern in chunk.lower()
            seen += found
            return found and seen % every == 0

        self.watch = watch

    def slip_in(self, frame: Callable[[int], bytes]) -> int:
        """Send a frame on every channel that consumes, as if the client had; on how many."""
        count = 0
        for link in self.links:
            if link.frames.between and link.frames.channel is not None:
                link.server.write(frame(link.frames.channel))
                count += 1
        return count

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        reached = await self._reach()
        if reached is None:
            writer.transport.abort()
            return
        back, forth = reached
        link = Link(writer, forth)
        self.links.add(link)
        try:
            await asyncio.gather(
                self._carry(link, reader, forth, self.up), self._carry(link, back, writer, self.down)
            )
        finally:
            self.links.discard(link)
            link.reset()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for target in self.rng.sample(self.targets, len(self.targets)):
            with suppress(OSError):
                return await asyncio.open_connection(*target)
        return None

    async def _carry(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(way.drip or CHUNK):
                if way.delay or way.jitter:
                    await asyncio.sleep(way.delay + self.rng.uniform(0, way.jitter))
                if way.deaf:
                    link.lossy = True
                    continue
                cut = way is self.up and self.watch is not None and self.watch(chunk)
                if way is self.up:
                    link.frames.feed(chunk)
                writer.write(chunk)
                await writer.drain()
                if cut:
                    await self._cut(link)
        link.hung_up = True
        while way.deaf or way.half_open:
            await asyncio.sleep(TURN_SECONDS)
        writer.close()

    async def _cut(self, link: Link) -> None:
        """The server gets all that was sent; the client learns nothing more."""
        self.cuts += 1
        _reset(link.client)
        link.server.close()
        with suppress(OSError):
            await link.server.wait_closed()


def _reset(stream: asyncio.StreamWriter) -> None:
    """Hang up with a reset: closed in good order, a connection would seem to have come to its end."""
    if not stream.transport.is_closing():
        sock = stream.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.transport.abort()


@asynccontextmanager
async def proxied(target: Address, rng: Random, *others: Address) -> AsyncIterator[Proxy]:
    """A proxy on a free port of loopback, for as long as the block lasts."""
    proxy = Proxy([target, *others], rng)
    server = await asyncio.start_server(proxy.serve, LOOPBACK)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.heal()
        while proxy.links:
            proxy.reset()
            await asyncio.sleep(TURN_SECONDS)


@asynccontextmanager
async def in_front_of(url: str) -> AsyncIterator[tuple[str, Proxy]]:
    """A proxy to the server a URL leads to, and the URL that leads through it."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    async with proxied((parts.hostname, parts.port), Random(0)) as proxy:
        yield through(url, proxy.port), proxy


def through(url: str, port: int) -> str:
    """The URL, but to this port of loopback."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@{LOOPBACK}:{port}").geturl()
