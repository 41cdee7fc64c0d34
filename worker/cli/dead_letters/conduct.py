"""Carrying out a replay: its connections, Ctrl-C, and what is said of it in the end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from asyncpg import Connection

from worker.cli.dead_letters.bar import bar
from worker.cli.failures import PartlyDone, Unreachable
from worker.cli.interrupts import on_interrupt
from worker.cli.output import say, show_table, table
from worker.cli.postgres import to_database
from worker.cli.rabbitmq import to_broker
from worker.cli.settings import load
from worker.letters import Filter
from worker.letters.auditing import Order, unfinished
from worker.letters.candidates import candidates, not_open
from worker.letters.judging import Judged
from worker.letters.planning import Copy
from worker.letters.posting import BrokerLost, Post
from worker.letters.replays import Result, give_up, resume, start, terms_of
from worker.letters.running import Setting
from worker.letters.shapes import ReplayedLetter
from worker.topology import Topology

FINE = {"replayed", "handled", "superseded"}
"""Outcomes that leave nothing to be done."""


async def replay_letters(which: Filter, options: Mapping[str, Any], actor: str, *, as_json: bool) -> None:
    """Replay what matches. Raises NoLetters, PartlyDone, Unreachable."""
    order = Order(uuid4(), "replay", actor, which, options)
    async with _connected() as (connection, post):
        found = await candidates(connection, which, options["limit"], force=options["force"])
        others = [not_open(order.id, *each) for each in found.not_open]
        with bar(len(found.judged) + len(others), as_json=as_json) as report, _resumable(order.id):
            report(others)
            setting = Setting(post, terms_of(options), report, _stop())
            result = await start(connection, order, found.judged, setting)
    _conclude(order.id, replace(result, letters=[*others, *result.letters]), as_json=as_json)


async def resume_replay(
    replay_id: UUID | None, actor: str, *, wait_seconds: float | None, as_json: bool
) -> None:
    """Go on with a replay. Raises NoLetters, StillRunning, PartlyDone, Unreachable."""
    async with _connected() as (connection, post):
        found = await unfinished(connection, replay_id)
        with bar(found.held, as_json=as_json) as report, _resumable(found.id):
            setting = Setting(post, terms_of(found.options, wait_seconds), report, _stop())
            result = await resume(connection, found, actor, setting)
    _conclude(found.id, result, as_json=as_json)


async def give_up_replay(replay_id: UUID | None, actor: str, *, as_json: bool) -> None:
    """Hold no letter of a replay any more. Raises NoLetters, StillRunning, PartlyDone."""
    async with to_database(load()) as connection:
        found = await unfinished(connection, replay_id)
        with bar(found.held, as_json=as_json) as report:
            result = await give_up(connection, found, actor, report)
    _conclude(found.id, result, as_json=as_json)


async def replay_copy(order: Order, judged: Judged, copy: Copy, *, as_json: bool) -> None:
    """Replay an edited copy in place of its letter. Raises PartlyDone, Unreachable."""
    async with _connected() as (connection, post):
        with bar(1, as_json=as_json) as report, _resumable(order.id):
            setting = Setting(post, terms_of(order.options), report, _stop())
            result = await start(connection, order, [judged], setting, copy)
    _conclude(order.id, result, as_json=as_json)


@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[Connection, Post]]:
    """The database, and the queue of requests, which is there. Raises Unreachable, NotFound, CannotStart."""
    settings = load()
    async with to_broker(settings) as channel:
        post = Post(channel, Topology(settings.exchange, settings.sessions_exchange).requests)
        if not await post.consumers():
            say("no worker is consuming: outcomes come when one does")
        async with to_database(settings) as connection:
            yield connection, post


@contextmanager
def _resumable(replay_id: UUID) -> Iterator[None]:
    try:
        yield
    except BrokerLost as error:
        raise Unreachable(
            f"RabbitMQ went away: {error}; nothing is lost, `handover dead-letters replay --resume {replay_id}` goes on"
        ) from error


def _stop() -> asyncio.Event:
    stop = asyncio.Event()

    def interrupted() -> None:
        stop.set()
        say(
            "sending no more; waiting for what was sent. Once more ends at once, `replay --resume` looks later"
        )

    on_interrupt(interrupted)
    return stop


def _conclude(replay_id: UUID, result: Result, *, as_json: bool) -> None:
    """Tell what became of the letters. Raises PartlyDone unless nothing is left to be done."""
    if not as_json:
        _summarise(result)
    outcomes = Counter(letter.outcome for letter in result.letters)
    if outcomes.keys() <= FINE and not result.stopped_by:
        return
    counts = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in outcomes.most_common())
    why = f"; stopped by {result.stopped_by}" if result.stopped_by else ""
    look = f"; `handover dead-letters replay --resume {replay_id}` looks again" if result.waits_on else ""
    raise PartlyDone(f"{counts}{why}{look}")


def _summarise(result: Result) -> None:
    groups: dict[tuple[str, str], list[ReplayedLetter]] = {}
    for letter in result.letters:
        groups.setdefault((letter.fingerprint, letter.outcome), []).append(letter)
    rows = (
        (fingerprint, outcome.replace("_", " "), len(letters), letters[-1].detail)
        for (fingerprint, outcome), letters in groups.items()
    )
    show_table(table(("fingerprint", "outcome", "letters", "detail of the last"), rows))
