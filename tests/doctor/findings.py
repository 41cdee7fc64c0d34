"""Reading findings, and doing what they say."""

import asyncio
import shlex
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from worker.core.diagnosis import Finding, State

SOON = 7.5
"""Seconds: five times what it waits for a connection, and less than the ten that a worker does."""


def amiss(findings: Iterable[Finding]) -> list[tuple[str, State]]:
    """What is not ok."""
    return [(finding.check, finding.state) for finding in findings if finding.state is not State.OK]


def one(findings: Iterable[Finding], check: str) -> Finding:
    [found] = [finding for finding in findings if finding.check == check]
    return found


async def mend(finding: Finding, url: str) -> None:
    """What the finding's `psql` command does."""
    assert finding.mend
    psql, _, *words = shlex.split(finding.mend)
    assert psql == "psql"
    connection = await asyncpg.connect(url)
    try:
        for statement in words[1::2]:
            await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def a_deaf_server() -> Iterator[str]:
    """Host and port of somebody who accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@asynccontextmanager
async def falling_silent(host: str, port: int, after: bytes) -> AsyncIterator[str]:
    """Host and port of somebody who passes on what the server says until it has said `after`, and then nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(host, port)
        asking = asyncio.ensure_future(_pass_on(reader, ours))
        said = b""
        while after not in said and (data := await theirs.read(65536)):
            said += data
            writer.write(data)
        with suppress(asyncio.CancelledError):
            await asking
        ours.close()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        name, number = server.sockets[0].getsockname()
        yield f"{name}:{number}"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
