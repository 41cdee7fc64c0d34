"""The letters a replay is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from uuid import UUID

from asyncpg import Connection

from worker.letters import Filter, NoLetters
from worker.letters.auditing import unfinished
from worker.letters.finding import listed
from worker.letters.judging import Judged, judged
from worker.letters.shapes import ReplayedLetter


async def candidates(
    connection: Connection, which: Filter, limit: int | None, *, force: bool
) -> tuple[list[Judged], Sequence[tuple[UUID, str]]]:
    """The open letters that match, judged, the oldest first; and those named by id that are not open.

    Letters are taken until there are `limit` to be sent. Raises NoLetters for an id there is not, and when nothing
    matches.
    """
    found = await listed(connection, replace(which, states=None if which.ids else ("open",)))
    if missing := set(which.ids or ()) - {letter.id for letter in found}:
        names = ", ".join(sorted(map(str, missing)))
        raise NoLetters(
            f"there is no letter {names} that matches: see `handover dead-letters list --state all`"
        )
    if not found:
        raise NoLetters(f"no open letter matches{await _held_elsewhere(connection)}")
    opened = [letter.id for letter in found if letter.state == "open"]
    return (
        _until_sent(await judged(connection, opened, force=force), limit),
        [(letter.id, letter.state) for letter in found if letter.state != "open"],
    )


def not_open(replay_id: UUID, letter_id: UUID, state: str) -> ReplayedLetter:
    """What becomes in a replay of a letter that was named and is not open."""
    return ReplayedLetter(replay_id, letter_id, None, None, None, "", "not_open", f"it is {state}")


def _until_sent(letters: Sequence[Judged], limit: int | None) -> list[Judged]:
    sent = list(accumulate(int(judgement.sends) for _, judgement in letters))
    if limit is None or not sent or sent[-1] < limit:
        return list(letters)
    return list(letters[: sent.index(limit) + 1])


async def _held_elsewhere(connection: Connection) -> str:
    try:
        held = await unfinished(connection)
    except NoLetters:
        return ""
    return f"; replay {held.id} of {held.actor} holds {held.held}: `handover dead-letters replay --resume {held.id}`"
