"""A TCP proxy between a worker and a server, that can be slow, deaf, or cut at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from worker.servers.probe import LOOPBACK

CHUNK = 65_536


@dataclass(slots=True)
class Way:
    """One direction. `deaf` loses what is sent; `drip` is bytes at a time, `delay` seconds before each chunk."""

    delay: float = 0.0
    jitter: float = 0.0
    deaf: bool = False
    drip: int | None = None

    def heal(self) -> None:
        self.delay, self.jitter, self.deaf, self.drip = 0.0, 0.0, False, None


@dataclass(eq=False, slots=True)
class Link:
    """One connection through the proxy: what the client holds, and what the server holds."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    lossy: bool = False
    """Something was lost on it: healing cannot mend it, it is reset."""

    def reset(self) -> None:
        for stream in (self.client, self.server):
            stream.transport.abort()


@dataclass(eq=False, slots=True)
class Proxy:
    """`up` is from client to server. `watch` sees each chunk on its way up, before it is sent."""

    target: tuple[str, int]
    rng: Random = field(default_factory=lambda: Random(0))
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

    def cut_after(self, pattern: bytes, nth: int) -> None:
        """Once the n-th chunk with that in it has gone up, cut the connection before an answer comes down."""
        left = nth

        def watch(chunk: bytes) -> bool:
            nonlocal left
            left -= pattern in chunk
            return left == 0 and pattern in chunk

        self.watch = watch

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        try:
            back, forth = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, forth)
        self.links.add(link)
        try:
            await asyncio.gather(
                self._carry(link, reader, forth, self.up), self._carry(link, back, writer, self.down)
            )
        finally:
            self.links.discard(link)
            link.reset()

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
                writer.write(chunk)
                await writer.drain()
                if cut:
                    await self._cut(link)
        writer.close()

    async def _cut(self, link: Link) -> None:
        """The server gets all that was sent; the client learns nothing more."""
        self.watch = None
        self.cuts += 1
        link.client.transport.abort()
        link.server.close()
        with suppress(OSError):
            await link.server.wait_closed()


@asynccontextmanager
async def proxied(target: tuple[str, int], rng: Random) -> AsyncIterator[Proxy]:
    """A proxy on a free port of loopback, for as long as the block lasts."""
    proxy = Proxy(target, rng)
    server = await asyncio.start_server(proxy.serve, LOOPBACK)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.reset()
        while proxy.links:
            await asyncio.sleep(0.01)
