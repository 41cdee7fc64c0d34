"""Tokens are tried one after the other by each peer, and only so many wait for that: before any is looked at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from worker.console.refusal import Refusal

MOST_IN_LINE = 5


@dataclass(slots=True)
class _Line:
    length: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Tries:
    """Those under way, of all peers."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, peer: str) -> AsyncIterator[None]:
        """The peer's only try, as long as this lasts. Raises Refusal when too many of theirs wait."""
        line = self._lines.setdefault(peer, _Line())
        if line.length >= MOST_IN_LINE:
            raise Refusal(429, "too many tokens are being tried: try again in a while")
        line.length += 1
        try:
            async with line.turn:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[peer]
