"""Replays begun in the console: they go on by themselves, and the pages are told how far they are."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import UUID

import structlog

from worker.broker import LOST, channel_on, complaint, connected, losing_is_no_cancelling
from worker.config import Settings
from worker.console.masking import without_ids
from worker.console.pages import message
from worker.errors import sentence
from worker.letters import StillRunning
from worker.letters.posting import BrokerLost, Post
from worker.letters.replays import Result
from worker.letters.running import Setting, Terms
from worker.letters.shapes import ReplayedLetter
from worker.topology import Topology

log = structlog.get_logger()

NAME = "handover-console"
KEPT = 20
"""Replays that have ended, of which new pages are still told."""
NEWS_AT_ONCE = 500
"""Letters that are told of one by one; of the others only the counts."""

Tell = Callable[[bytes], None]
Run = Callable[[Setting], Awaitable[Result]]
State = Literal["running", "done", "stopped", "failed"]


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a replay is: letters whose outcome is known, of so many, and what became of them."""

    replay: UUID
    action: str
    actor: str
    total: int
    settled: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    state: State = "running"
    stopped_by: str | None = None

    def end(self, state: State, stopped_by: str | None) -> None:
        """It has come to its end, unless it had before."""
        if self.state == "running":
            self.state, self.stopped_by = state, stopped_by

    def as_json(self, news: Sequence[ReplayedLetter] = ()) -> dict[str, Any]:
        """As pages are told."""
        return {
            "replay": self.replay,
            "action": self.action,
            "actor": self.actor,
            "total": self.total,
            "settled": self.settled,
            "outcomes": self.outcomes,
            "state": self.state,
            "stoppedBy": self.stopped_by,
            "letters": [_masked(each) for each in news[:NEWS_AT_ONCE]],
        }


@dataclass(frozen=True, slots=True)
class Line:
    """The way to the queue, and what has to be closed in the end."""

    post: Post
    stack: AsyncExitStack


class Replays:
    """Those of one console, under way and lately ended."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self._settings, self._tell = settings, tell
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.known: dict[UUID, Progress] = {}

    async def line(self, stack: AsyncExitStack) -> Line:
        """The way to the queue of requests, which is there; the stack is the replay's from now on.

        Raises BrokerLost, CannotStart.
        """
        settings = self._settings
        try:
            with losing_is_no_cancelling():
                connection = await stack.enter_async_context(connected(settings.amqp, NAME))
                channel = await channel_on(connection, publisher_confirms=True, on_return_raises=True)
                post = Post(channel, Topology(settings.exchange, settings.sessions_exchange).requests)
                await post.consumers()
        except LOST as error:
            raise BrokerLost(complaint(error)) from error
        return Line(post, stack.pop_all())

    @property
    def running(self) -> set[UUID]:
        """Those under way here."""
        return {replay_id for replay_id, known in self.known.items() if known.state == "running"}

    def require_ended(self, replay_id: UUID) -> None:
        """Raises StillRunning for a replay that is under way here."""
        if replay_id in self.running:
            raise StillRunning(f"replay {replay_id} is still running here: wait for it")

    def begin(
        self, progress: Progress, terms: Terms, line: Line, run: Run, settled: Sequence[ReplayedLetter] = ()
    ) -> None:
        """Let it run until its end, when the line's connections are closed; `settled` are letters it does not send."""
        self.known[progress.replay] = progress
        ended = [each for each, known in self.known.items() if known.state != "running"]
        for each in ended[: max(0, len(self.known) - KEPT)]:
            del self.known[each]
        self._say(progress)
        self._report(progress, settled)
        setting = Setting(line.post, terms, lambda letters: self._report(progress, letters), self._stop)
        task = asyncio.create_task(self._run(progress, run(setting), line.stack))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wind_down(self, seconds: float) -> None:
        """Send no more, and wait for what was sent; what is left is resumed by `replay --resume`."""
        self._stop.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _run(self, progress: Progress, running: Awaitable[Result], stack: AsyncExitStack) -> None:
        try:
            with losing_is_no_cancelling():
                async with stack:
                    result = await running
                    progress.end("stopped" if result.stopped_by else "done", result.stopped_by)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the pages are told
            log.warning("replay_broke_off", replay=progress.replay, error=sentence(error))
            progress.end("failed", sentence(error))
        finally:
            progress.end("failed", "the console ended")
            self._say(progress)

    def _report(self, progress: Progress, letters: Sequence[ReplayedLetter]) -> None:
        if letters:
            progress.settled += len(letters)
            progress.outcomes.update(letter.outcome for letter in letters)
            self._say(progress, letters)

    def _say(self, progress: Progress, news: Sequence[ReplayedLetter] = ()) -> None:
        self._tell(message("replay", progress.as_json(news)))


def _masked(letter: ReplayedLetter) -> dict[str, Any]:
    told: dict[str, Any] = without_ids(asdict(letter), [letter.contact_id])
    return told
