"""A replay from its plan to its end; one that was left half-way is taken to its end, or given up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asyncpg import Connection

from worker import sql
from worker.core.pacing import Limits
from worker.letters import StillRunning
from worker.letters.auditing import Order, Unfinished, end, make_ours
from worker.letters.judging import Judged
from worker.letters.ledger import Ledger
from worker.letters.planning import Copy, Sending, plan
from worker.letters.running import POLL_SECONDS, Replay, Report, Setting, Terms, counted
from worker.letters.shapes import ReplayedLetter


@dataclass(frozen=True, slots=True)
class Result:
    """What became of each letter of a replay, what stopped it before all were sent, and whether it can be resumed."""

    letters: Sequence[ReplayedLetter]
    stopped_by: str | None
    waits_on: bool


async def start(
    connection: Connection,
    order: Order,
    considered: Sequence[Judged],
    setting: Setting,
    copy: Copy | None = None,
) -> Result:
    """Plan, send, and wait for the outcomes. Raises posting.BrokerLost; the replay can be resumed then."""
    await make_ours(connection, order.id)
    planned = await plan(connection, order, considered, copy)
    setting.report(planned.settled)
    taken = [letter for letter in planned.settled if letter.outcome == "not_open"]
    result = await _carry_out(Ledger(connection, order.id), connection, planned.sendings, (), setting)
    return replace(result, letters=[*taken, *result.letters])


async def resume(connection: Connection, found: Unfinished, actor: str, setting: Setting) -> Result:
    """Go on where a replay was left. Raises StillRunning, posting.BrokerLost."""
    ledger = await _reopened(connection, found, actor, setting.report)
    in_doubt = await _resolve(ledger, setting)
    sent = [*await ledger.waiting("sent"), *in_doubt]
    return await _carry_out(ledger, connection, await ledger.waiting("planned"), sent, setting)


async def give_up(connection: Connection, found: Unfinished, actor: str, report: Report) -> Result:
    """Send no more of a replay that was left: what shows no outcome by now is open again. Raises StillRunning."""
    ledger = await _reopened(connection, found, actor, report)
    report(await ledger.release())
    await ledger.give_up()
    letters = await ledger.all()
    lost = [letter for letter in letters if letter.outcome == "unknown"]
    report(lost)
    stopped_by = "giving up" if lost or any(letter.outcome == "not_sent" for letter in letters) else None
    await end(connection, ledger.replay_id, stopped_by)
    return Result(letters, stopped_by, waits_on=False)


def terms_of(options: Mapping[str, Any], wait_seconds: float | None = None) -> Terms:
    """The terms a replay was begun with; how long to wait may be said anew."""
    return Terms(
        wait_seconds=options["wait"] if wait_seconds is None else wait_seconds,
        rate=options["rate"],
        limits=Limits(options["canary"], options["stop_after_failures"]),
    )


async def _reopened(connection: Connection, found: Unfinished, actor: str, report: Report) -> Ledger:
    """A replay taken over from whoever left it, knowing what became of its letters meanwhile. Raises StillRunning."""
    try:
        await make_ours(connection, found.id)
    except StillRunning as error:
        raise StillRunning(
            f"{error} (begun by {found.actor} at {found.started_at:%Y-%m-%d %H:%M:%S} UTC)"
        ) from None
    await connection.execute(sql.reopen_replay, found.id, actor)
    ledger = Ledger(connection, found.id)
    report(await ledger.settle(range(len(await ledger.all()))))
    return ledger


async def _carry_out(
    ledger: Ledger,
    connection: Connection,
    waiting: Sequence[Sending],
    sent: Sequence[Sending],
    setting: Setting,
) -> Result:
    done = counted(await ledger.all())
    replay = Replay(ledger, setting, done)
    stopped_by = await replay.run(waiting, sent)
    setting.report(await ledger.release())
    letters = await ledger.all()
    setting.report([letter for letter in letters if letter.outcome == "unknown"])
    await end(connection, ledger.replay_id, stopped_by)
    unknown = any(letter.outcome == "unknown" for letter in letters)
    return Result(letters, stopped_by, waits_on=unknown)


async def _resolve(ledger: Ledger, setting: Setting) -> list[Sending]:
    """What was being sent when the replay broke off, and may be on its way.

    What shows no outcome in time, while the queue holds nothing, was not sent, and is planned again.
    """
    in_doubt = {letter.position: letter for letter in await ledger.waiting("sending")}
    until = asyncio.get_running_loop().time() + setting.terms.wait_seconds
    while in_doubt and asyncio.get_running_loop().time() < until and not setting.stop.is_set():
        settled = await ledger.settle(in_doubt)
        setting.report(settled)
        gone = {letter.letter_id for letter in settled}
        in_doubt = {at: letter for at, letter in in_doubt.items() if letter.letter_id not in gone}
        await asyncio.sleep(POLL_SECONDS)
    if in_doubt and not setting.stop.is_set() and await setting.post.ready() == 0:
        await ledger.unsent(list(in_doubt))
        return []
    return list(in_doubt.values())
