"""Many pages that ask the same in one moment cost one answer, and none is older than the last news."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from processes import IN_TIME

from worker.console import sharing
from worker.console.sharing import Answers


class Source:
    """Answers, each another."""

    def __init__(self) -> None:
        self.given = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def make(self) -> bytes:
        self.given += 1
        said = b"%d" % self.given
        await self.go_on.wait()
        return said


def ask(answers: Answers, source: Source, news: int = 0) -> Callable[..., Awaitable[bytes]]:
    return lambda question="list": answers.get(question, news, source.make)


async def test_the_same_question_is_answered_once() -> None:
    answers, source = Answers(), Source()
    found = await asyncio.gather(*(ask(answers, source)() for _ in range(50)))
    assert (set(found), source.given) == ({b"1"}, 1)


async def test_another_question_has_another_answer() -> None:
    answers, source = Answers(), Source()
    assert [await ask(answers, source)("one"), await ask(answers, source)("other")] == [b"1", b"2"]


async def test_an_answer_that_was_begun_before_the_news_is_nobodys_after_it() -> None:
    """Whoever heard the news and asks then must not be given what was read before it happened."""
    answers, source = Answers(), Source()
    source.go_on.clear()
    before = asyncio.ensure_future(ask(answers, source, news=0)())
    await asyncio.sleep(0)
    after = asyncio.ensure_future(ask(answers, source, news=1)())
    await asyncio.sleep(0)
    source.go_on.set()
    assert (await before, await after) == (b"1", b"2")


async def test_a_failure_is_told_to_those_who_waited_and_is_not_kept() -> None:
    answers, source = Answers(), Source()

    async def fail() -> bytes:
        await asyncio.sleep(0)
        raise ConnectionError("away")

    found = await asyncio.gather(*(answers.get("list", 0, fail) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in found] == [ConnectionError, ConnectionError]
    assert await ask(answers, source)() == b"1"


async def test_an_answer_is_dropped_when_it_is_good_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "FRESH_SECONDS", 0.01)
    answers, source = Answers(), Source()
    await ask(answers, source)()
    async with asyncio.timeout(IN_TIME):
        while answers.size:
            await asyncio.sleep(0.01)


async def test_of_large_answers_only_the_latest_are_kept() -> None:
    answers = Answers()

    async def large() -> bytes:
        return bytes(sharing.MOST_BYTES // 2)

    for question in range(4):
        await answers.get(question, 0, large)
    assert answers.size == sharing.MOST_BYTES


async def test_one_who_goes_away_takes_nobodys_answer_along() -> None:
    answers, source = Answers(), Source()
    source.go_on.clear()
    gone, patient = (asyncio.ensure_future(ask(answers, source)()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    source.go_on.set()
    assert await patient == b"1"
    with pytest.raises(asyncio.CancelledError):
        await gone
