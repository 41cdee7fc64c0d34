"""The letters a replay is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from asyncpg import Connection

from worker.letters import Filter, NoLetters, State
from worker.letters.auditing import unfinished
from worker.letters.finding import identified
from worker.letters.judging import Judged, judged
from worker.letters.shapes import ReplayedLetter

CHUNK = 500
"""Letters judged in one statement, and bodies in memory at a time."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The open letters that were looked at, the oldest first; those named by id that are not open.

    `left` is how many more match and were not looked at, as the limit was reached before.
    """

    judged: Sequence[Judged]
    not_open: Sequence[tuple[UUID, State]]
    left: int


async def candidates(connection: Connection, which: Filter, limit: int | None, *, force: bool) -> Candidates:
    """The letters that match, judged a chunk at a time until there are `limit` to be sent.

    Raises NoLetters for an id there is not, and when nothing matches.
    """
    found = await identified(connection, replace(which, states=None if which.ids else ("open",)))
    if missing := set(which.ids or ()) - {letter_id for letter_id, _ in found}:
        names = ", ".join(sorted(map(str, missing)))
        raise NoLetters(
            f"there is no letter {names} that matches: see `handover dead-letters list --state all`"
        )
    if not found:
        raise NoLetters(f"no open letter matches{await _held_elsewhere(connection)}")
    opened = [letter_id for letter_id, state in found if state == "open"]
    looked_at, left = await _until_sent(connection, opened, limit, force=force)
    return Candidates(looked_at, [each for each in found if each[1] != "open"], left)


def not_open(replay_id: UUID, letter_id: UUID, state: str) -> ReplayedLetter:
    """What becomes in a replay of a letter that was named and is not open."""
    return ReplayedLetter(replay_id, letter_id, None, None, None, "", "not_open", f"it is {state}")


async def _until_sent(
    connection: Connection, ids: Sequence[UUID], limit: int | None, *, force: bool
) -> tuple[list[Judged], int]:
    """The first of the letters, `limit` of them to be sent, and how many are left."""
    looked_at: list[Judged] = []
    sent = 0
    for start in range(0, len(ids), CHUNK):
        for each in await judged(connection, ids[start : start + CHUNK], force=force):
            looked_at.append(each)
            sent += each[1].sends
            if sent == limit:
                return looked_at, len(ids) - len(looked_at)
    return looked_at, 0


async def _held_elsewhere(connection: Connection) -> str:
    try:
        held = await unfinished(connection)
    except NoLetters:
        return ""
    return f"; replay {held.id} of {held.actor} holds {held.held}: `handover dead-letters replay --resume {held.id}`"
