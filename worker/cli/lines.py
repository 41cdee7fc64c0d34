"""Lines of a file or of stdin, as they come, without holding up what else there is to do."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from io import BufferedReader
from pathlib import Path

from worker.cli.failures import Refused

LIMIT = 500
"""Most lines at a time."""

CHUNK = 64 * 1024

Lines = list[bytes]


def opened(path: Path) -> BufferedReader:
    """The file; `-` is stdin, by a reader of its own, which a thread may be stuck in when the process ends.

    Raises Refused when there is no reading it.
    """
    if str(path) == "-":
        return open(0, "rb", closefd=False)
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error


async def arriving(stream: BufferedReader) -> AsyncIterator[Lines]:
    """What lines there are, LIMIT at most, waiting for the first. A thread reads: stdin may block for ever."""
    queue: asyncio.Queue[Lines | Exception | None] = asyncio.Queue(2)
    loop = asyncio.get_running_loop()

    def read() -> None:
        def put(item: Lines | Exception | None) -> None:
            asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

        try:
            for lines in _split(stream):
                put(lines)
        except OSError as error:
            put(error)
        else:
            put(None)

    threading.Thread(target=read, daemon=True).start()
    while (item := await queue.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item


def _split(stream: BufferedReader) -> Iterator[Lines]:
    rest = b""
    while data := stream.read1(CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        for start in range(0, len(lines), LIMIT):
            yield lines[start : start + LIMIT]
    if rest:
        yield [rest]
