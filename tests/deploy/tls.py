"""Servers behind TLS: a certificate made here, and a gate before the real server that speaks TLS to whoever comes.

PostgreSQL asks for TLS in a message of its own first; AMQP begins with it.
"""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import trustme

SSL_REQUEST = struct.pack(">II", 8, 80877103)


class Authority:
    """A certificate authority of our own, its certificate in a file."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(context)
        return context


@asynccontextmanager
async def gate(url: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of a gate to the server of this URL."""
    parts = urlsplit(url)
    asks_first = parts.scheme.startswith("postgres")
    pumping: set[asyncio.Task[None]] = set()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if asks_first:
                assert await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST
                writer.write(b"S")
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection(parts.hostname, parts.port)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            writer.close()
            return
        pumping.add(asyncio.ensure_future(_pump(reader, inner_writer)))
        pumping.add(asyncio.ensure_future(_pump(inner_reader, writer)))

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for pump in pumping:
            pump.cancel()
        await asyncio.gather(*pumping, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
