"""The pages that are open, and what they are told: each message is encoded once, whoever hears it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic_core import to_json

BEHIND = 32
"""Messages a page may be behind before it is told to look anew instead."""


def message(event: str, data: Any) -> bytes:
    """A server-sent event."""
    return message_of_json(event, to_json(data))


def message_of_json(event: str, data: bytes) -> bytes:
    """A server-sent event of JSON, which has no line breaks."""
    return b"event: %b\r\ndata: %b\r\n\r\n" % (event.encode(), data)


class Page:
    """What one page has still to be told."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND)

    def tell(self, said: bytes | None) -> None:
        """Say it when they listen; one that is too far behind is told to look anew. None is the end."""
        if self._messages.full():
            while not self._messages.empty():
                self._messages.get_nowait()
            self._messages.put_nowait(message("resync", {"why": "slow"}))
        self._messages.put_nowait(said)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (said := await self._messages.get()) is not None:
            yield said


class Pages:
    """All of them."""

    def __init__(self) -> None:
        self._open: set[Page] = set()
        self._somebody = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def opened(self) -> Iterator[Page]:
        """A page, as long as it is open."""
        page = Page()
        self._open.add(page)
        self._somebody.set()
        try:
            yield page
        finally:
            self._open.discard(page)
            if not self._open:
                self._somebody.clear()

    async def watched(self) -> None:
        """Return when somebody looks."""
        await self._somebody.wait()

    def tell(self, *said: bytes) -> None:
        """Say it to everybody, in one piece."""
        if self._open and said:
            whole = b"".join(said)
            for page in self._open:
                page.tell(whole)

    def close(self) -> None:
        """Let everybody go."""
        for page in self._open:
            page.tell(None)
