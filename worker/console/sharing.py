"""Fifty pages that ask the same in one moment are answered once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

FRESH_SECONDS = 1.0
MOST = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    news: int
    at: float
    answer: "asyncio.Future[bytes]"


class Answers:
    """The latest answers: each is good for a second, and until there is news."""

    def __init__(self) -> None:
        self._kept: dict[object, _Kept] = {}

    async def get(self, question: object, news: int, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer, made by whoever asks first. Raises what `make` raises, to everybody who waited for it."""
        kept = self._kept.get(question)
        if kept is None or not self._is_good(kept, news):
            kept = _Kept(news, time.monotonic(), asyncio.ensure_future(make()))
            self._kept.pop(question, None)
            self._kept[question] = kept
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return await asyncio.shield(kept.answer)

    def _is_good(self, kept: _Kept, news: int) -> bool:
        if kept.answer.done() and (kept.answer.cancelled() or kept.answer.exception()):
            return False
        return kept.news == news and time.monotonic() - kept.at < FRESH_SECONDS
