"""Fifty pages that ask the same in one moment are answered once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

FRESH_SECONDS = 1.0
MOST_BYTES = 8 << 20
"""Of answers that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    news: int
    at: float
    answer: "asyncio.Future[bytes]"


class Answers:
    """The latest answers: each is good for a second, and until there is news."""

    def __init__(self) -> None:
        self._kept: dict[object, _Kept] = {}

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(map(_size, self._kept.values()))

    async def get(self, question: object, news: int, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer, made by whoever asks first. Raises what `make` raises, to everybody who waited for it."""
        kept = self._kept.get(question)
        if kept is None or not self._is_good(kept, news):
            kept = _Kept(news, time.monotonic(), asyncio.ensure_future(make()))
            kept.answer.add_done_callback(self._make_room)
            self._kept.pop(question, None)
            self._kept[question] = kept
            asyncio.get_running_loop().call_later(FRESH_SECONDS, self._forget, question, kept)
        return await asyncio.shield(kept.answer)

    def _is_good(self, kept: _Kept, news: int) -> bool:
        if kept.answer.done() and (kept.answer.cancelled() or kept.answer.exception()):
            return False
        return kept.news == news and time.monotonic() - kept.at < FRESH_SECONDS

    def _forget(self, question: object, kept: _Kept) -> None:
        if self._kept.get(question) is kept:
            del self._kept[question]

    def _make_room(self, _: "asyncio.Future[bytes]") -> None:
        while self.size > MOST_BYTES:
            del self._kept[next(iter(self._kept))]


def _size(kept: _Kept) -> int:
    answer = kept.answer
    return 0 if not answer.done() or answer.cancelled() or answer.exception() else len(answer.result())
