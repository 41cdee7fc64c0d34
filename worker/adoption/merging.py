"""A contact's active sessions become one: what refers to the others refers to it, and they are resolved."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg import Connection
from tenacity import AsyncRetrying

from worker import sql
from worker.core.adoption import ForeignKey, Open, Settlement, Step, settle
from worker.core.adoption.steps import find_rows, move_row

BATCH = 50
"""Contacts in one transaction: their sessions are locked for as long as it takes."""

SECONDS = 600
COLLISIONS = (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)

Contact = tuple[str, str]
Pair = tuple[UUID, UUID]
"""A session that is resolved, and the one that is kept."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a contact's active sessions. Both count rows by table: `moved` to the one kept, and `stayed` with
    a resolved one, because a session may have one such only."""

    tenant_id: str
    contact_id: str
    kept: UUID
    kept_status: str
    resolved: tuple[UUID, ...]
    moved: Mapping[str, int]
    stayed: Mapping[str, int]


async def merge(
    connection: Connection, step: Step, tell: Callable[[Merged], None], tries: AsyncRetrying
) -> None:
    """Merge until there is nobody left to merge; each contact is told of once that is committed."""
    while doubles := await connection.fetch(sql.find_doubles, BATCH, timeout=SECONDS):
        contacts = [(row["tenant_id"], row["contact_id"]) for row in doubles]
        settled: list[Merged] = []
        async for attempt in tries:
            with attempt:
                settled = await _merge(connection, step, contacts)
        for merged in settled:
            tell(merged)


async def foresee(connection: Connection) -> list[Settlement]:
    """What a merge would come to now, references aside; nothing is changed. Locks nothing."""
    rows = await connection.fetch(sql.list_doubles, timeout=SECONDS)
    return settle(Open(**row) for row in rows)


async def _merge(connection: Connection, step: Step, contacts: Sequence[Contact]) -> list[Merged]:
    async with connection.transaction():
        # A collision has to come to light where it can be undone, not at the commit.
        await connection.execute("set constraints all immediate")
        rows = await connection.fetch(sql.lock_doubles, *zip(*contacts, strict=True), timeout=SECONDS)
        settlements = settle(Open(**row) for row in rows)
        pairs = [(other.id, each.kept.id) for each in settlements for other in each.resolved]
        if not pairs:
            return []
        moved: dict[UUID, Counter[str]] = defaultdict(Counter)
        stayed: dict[UUID, Counter[str]] = defaultdict(Counter)
        *moves, keep, resolve = step.statements
        for key, statement in zip(step.moves, moves, strict=True):
            went, stuck = await _move(connection, key, statement, pairs)
            for session, rows_moved in went.items():
                moved[session][key.table] += rows_moved
            for session, rows_stuck in stuck.items():
                stayed[session][key.table] += rows_stuck
        for statement in (keep, resolve):
            await connection.execute(statement, *zip(*pairs, strict=True), timeout=SECONDS)
        return [_merged(each, moved[each.kept.id], stayed[each.kept.id]) for each in settlements]


async def _move(
    connection: Connection, key: ForeignKey, statement: str, pairs: Sequence[Pair]
) -> tuple[Counter[UUID], Counter[UUID]]:
    """How many rows moved to each session, and how many did not, because it may have one such only, and has it."""
    try:
        async with connection.transaction():
            rows = await connection.fetch(statement, *zip(*pairs, strict=True), timeout=SECONDS)
    except COLLISIONS:
        if len(pairs) == 1:
            return await _move_each(connection, key, *pairs[0])
        moved, stayed = Counter[UUID](), Counter[UUID]()
        for pair in pairs:
            of_pair = await _move(connection, key, statement, [pair])
            moved += of_pair[0]
            stayed += of_pair[1]
        return moved, stayed
    return Counter(row["kept"] for row in rows), Counter()


async def _move_each(
    connection: Connection, key: ForeignKey, resolved: UUID, kept: UUID
) -> tuple[Counter[UUID], Counter[UUID]]:
    moved, stayed = Counter[UUID](), Counter[UUID]()
    rows = await connection.fetch(find_rows(key.table, key.column), resolved, timeout=SECONDS)
    for part, place in rows:
        try:
            async with connection.transaction():
                moved[kept] += len(
                    await connection.fetch(
                        move_row(key.table, key.column), kept, part, place, timeout=SECONDS
                    )
                )
        except COLLISIONS:
            stayed[kept] += 1
    return moved, stayed


def _merged(settlement: Settlement, moved: Mapping[str, int], stayed: Mapping[str, int]) -> Merged:
    kept = settlement.kept
    return Merged(
        kept.tenant_id,
        kept.contact_id,
        kept.id,
        kept.status,
        tuple(other.id for other in settlement.resolved),
        dict(moved),
        dict(stayed),
    )
