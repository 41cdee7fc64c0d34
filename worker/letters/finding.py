"""Letters found: in a list, in groups, by id, and whole."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.letters import Filter, Letter, NoLetters, State
from worker.letters.shapes import Group, ListedLetter, Past


async def listed(
    connection: Connection, which: Filter, *, limit: int | None = None, newest_first: bool = False
) -> list[ListedLetter]:
    """The letters, the oldest first if not told otherwise."""
    rows = await connection.fetch(sql.find_letters, *which.arguments, limit, newest_first)
    return [ListedLetter(**row) for row in rows]


async def identified(connection: Connection, which: Filter) -> list[tuple[UUID, State]]:
    """The letters' ids and states alone, the oldest first."""
    return [
        (row["id"], row["state"]) for row in await connection.fetch(sql.identify_letters, *which.arguments)
    ]


async def grouped(connection: Connection, which: Filter, *, limit: int | None = None) -> list[Group]:
    """The letters by cause, the largest group first."""
    rows = await connection.fetch(sql.group_letters, *which.arguments, limit)
    return [Group(**{**row, "tenants": tuple(row["tenants"])}) for row in rows]


async def whole(connection: Connection, ids: Sequence[UUID]) -> list[Letter]:
    """The letters with their bodies, the oldest first; one that is not there is left out."""
    return [_letter(row) for row in await connection.fetch(sql.read_letters, ids)]


async def one(connection: Connection, letter_id: UUID) -> Letter:
    """One letter. Raises NoLetters."""
    for letter in await whole(connection, [letter_id]):
        return letter
    raise NoLetters(f"there is no dead letter {letter_id}: see `handover dead-letters list --state all`")


async def history(connection: Connection, letter_id: UUID) -> tuple[Past, ...]:
    """What was done with the letter, the first first."""
    return tuple(Past(**row) for row in await connection.fetch(sql.read_letter_history, letter_id))


def _letter(row: Record) -> Letter:
    return Letter(**row)
