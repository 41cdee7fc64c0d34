"""Letters set aside, brought back, deleted: a bite at a time, so that no lock is held for long; each on record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.letters import Filter, NoLetters, State
from worker.letters.auditing import Order, begin, end
from worker.letters.finding import listed

BITE = 2_000
"""Letters in one transaction."""


@dataclass(frozen=True, slots=True)
class Move:
    """From which state to which, and what the audit calls it."""

    origin: State
    to: State
    outcome: str


DISCARD = Move("open", "discarded", "discarded")
RESTORE = Move("discarded", "open", "restored")


async def movable(connection: Connection, which: Filter, how: Move, limit: int | None) -> list[UUID]:
    """The letters in that state that match. Raises NoLetters when none does, or one that was named does not."""
    found = [each.id for each in await listed(connection, replace(which, states=(how.origin,)), limit=limit)]
    if missing := set(which.ids or ()) - set(found):
        names = ", ".join(sorted(map(str, missing)))
        raise NoLetters(
            f"there is no {how.origin} letter {names}: see `handover dead-letters list --state all`"
        )
    if not found:
        raise NoLetters(f"no {how.origin} letter matches")
    return found


async def move(connection: Connection, order: Order, ids: Sequence[UUID], how: Move) -> int:
    """Move the letters that are still in that state; how many there were."""
    await begin(connection, order)
    moved = 0
    for start in range(0, len(ids), BITE):
        bite = ids[start : start + BITE]
        tag = await connection.execute(
            sql.set_aside_letters, order.id, bite, how.origin, how.to, how.outcome, moved
        )
        moved += _count(tag)
    await end(connection, order.id)
    return moved


async def purgeable(
    connection: Connection, states: Sequence[State], before: datetime, limit: int | None
) -> list[UUID]:
    """The letters that have been in one of the states since before then, the oldest first."""
    rows = await connection.fetch(sql.find_purgeable_letters, states, before, limit)
    return [row["id"] for row in rows]


async def purge(
    connection: Connection, order: Order, ids: Sequence[UUID], states: Sequence[State], before: datetime
) -> int:
    """Delete the letters of which that is still so; how many there were."""
    await begin(connection, order)
    purged = 0
    for start in range(0, len(ids), BITE):
        bite = ids[start : start + BITE]
        purged += _count(await connection.execute(sql.purge_letters, order.id, bite, states, before, purged))
    await end(connection, order.id)
    return purged


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
