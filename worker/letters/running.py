"""A replay under way: letters go out in order and at the pace asked for, and each one's outcome is waited for."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from worker.core.pacing import Limits, Progress, Throttle
from worker.core.replaying import next_to_send
from worker.letters.ledger import Ledger
from worker.letters.planning import Sending
from worker.letters.posting import BrokerLost, Post
from worker.letters.shapes import ReplayedLetter

POLL_SECONDS = 0.1

Report = Callable[[Sequence[ReplayedLetter]], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a replay goes: the pace, the limits, how long an outcome is waited for."""

    wait_seconds: float = 60
    rate: float | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a replay runs with: the way to the queue, its terms, who hears of outcomes, and when to stop."""

    post: Post
    terms: Terms
    report: Report
    stop: asyncio.Event


@dataclass(frozen=True, slots=True)
class Awaited:
    """A letter that was sent, and until when its outcome is waited for."""

    letter: Sending
    until: float


class Replay:
    """Sends what waits and settles what was sent, until all is settled or something stops it."""

    def __init__(self, ledger: Ledger, setting: Setting, done: Progress) -> None:
        self._ledger = ledger
        self._post, self._terms = setting.post, setting.terms
        self._report, self._stop = setting.report, setting.stop
        self._waiting: dict[int, Sending] = {}
        self._awaited: dict[int, Awaited] = {}
        self._sent, self._replayed, self._failed = done.sent, done.replayed, done.failed
        self._throttle = Throttle(self._terms.rate, _now())
        self._broken_off: str | None = None

    @property
    def progress(self) -> Progress:
        """So far."""
        return Progress(self._sent, self._replayed, self._failed)

    async def run(self, waiting: Iterable[Sending], sent: Iterable[Sending] = ()) -> str | None:
        """What stopped it, if not all went out. `sent` are letters on their way already.

        Raises BrokerLost: what was not sent yet stays held then.
        """
        self._waiting = {letter.position: letter for letter in waiting}
        self._await(sent)
        while True:
            await self._settle()
            stopped_by = self._stopped_by()
            if not self._open_ended(stopped_by):
                return stopped_by
            if stopped_by or not await self._send():
                await self._pause()

    def _open_ended(self, stopped_by: str | None) -> bool:
        now = _now()
        hopeful = any(awaited.until > now for awaited in self._awaited.values())
        return hopeful or bool(self._waiting and not stopped_by)

    def _stopped_by(self) -> str | None:
        if self._stop.is_set():
            return "interrupt"
        if any(awaited.until <= _now() for awaited in self._awaited.values()):
            return "no outcome in time"
        return self._broken_off or self._terms.limits.stopped_by(self.progress)

    async def _settle(self) -> None:
        if self._awaited:
            settled = await self._ledger.settle(self._awaited)
            by_letter = {awaited.letter.letter_id: position for position, awaited in self._awaited.items()}
            for letter in settled:
                del self._awaited[by_letter[letter.letter_id]]
                self._replayed += letter.outcome == "replayed"
                self._failed += letter.outcome == "failed"
            self._report(settled)

    async def _send(self) -> bool:
        room = self._throttle.allowed(_now(), self._terms.limits.room(self.progress))
        busy = {awaited.letter.contact for awaited in self._awaited.values()}
        chosen = next_to_send(self._waiting.values(), busy, room)
        if not chosen:
            return False
        self._throttle.spend(len(chosen))
        posted = await self._post.send(await self._ledger.take([letter.position for letter in chosen]))
        await self._ledger.sent(posted.confirmed)
        await self._ledger.unsent(posted.refused)
        self._await(self._waiting.pop(position) for position in posted.confirmed)
        self._sent += len(posted.confirmed)
        if posted.unknown:
            raise BrokerLost(posted.complaint)
        if posted.refused:
            self._broken_off = "the broker refused a letter; is the queue there, is it full?"
        return True

    def _await(self, letters: Iterable[Sending]) -> None:
        until = _now() + self._terms.wait_seconds
        self._awaited |= {letter.position: Awaited(letter, until) for letter in letters}

    async def _pause(self) -> None:
        if self._stop.is_set():
            await asyncio.sleep(POLL_SECONDS)
            return
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._stop.wait()
        except TimeoutError:
            return


def _now() -> float:
    return asyncio.get_running_loop().time()


def counted(letters: Iterable[ReplayedLetter]) -> Progress:
    """What a replay's rows say of how far it came."""
    outcomes = [letter.outcome for letter in letters]
    replayed, failed = outcomes.count("replayed"), outcomes.count("failed")
    return Progress(outcomes.count("unknown") + replayed + failed, replayed, failed)
