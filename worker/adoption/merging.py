"""A contact's active sessions become one: what refers to the others refers to it, and they are resolved."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg import Connection
from tenacity import AsyncRetrying

from worker import sql
from worker.core.adoption import Open, Settlement, Step, settle

BATCH = 50
"""Contacts in one transaction: their sessions are locked for as long as it takes."""

SECONDS = 600

Contact = tuple[str, str]
Pair = tuple[UUID, UUID]
"""A session that is resolved, and the one that is kept."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a contact's active sessions. `moved` counts rows by table; `stayed` names the tables
    of rows that refer to a resolved session still, because a session may have one only."""

    tenant_id: str
    contact_id: str
    kept: UUID
    kept_status: str
    resolved: tuple[UUID, ...]
    moved: Mapping[str, int]
    stayed: tuple[str, ...]


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
        rows = await connection.fetch(sql.lock_doubles, *zip(*contacts, strict=True), timeout=SECONDS)
        settlements = settle(Open(**row) for row in rows)
        pairs = [(other.id, each.kept.id) for each in settlements for other in each.resolved]
        if not pairs:
            return []
        moved: dict[UUID, Counter[str]] = defaultdict(Counter)
        stayed: dict[UUID, set[str]] = defaultdict(set)
        *moves, keep, resolve = step.statements
        for table, statement in zip(step.moves, moves, strict=True):
            kept, stuck = await _move(connection, statement, pairs)
            for session in kept:
                moved[session][table] += 1
            for session in stuck:
                stayed[session].add(table)
        for statement in (keep, resolve):
            await connection.execute(statement, *zip(*pairs, strict=True), timeout=SECONDS)
        return [_merged(each, moved[each.kept.id], stayed[each.kept.id]) for each in settlements]


async def _move(
    connection: Connection, statement: str, pairs: Sequence[Pair]
) -> tuple[list[UUID], list[UUID]]:
    """For each row that moved the session it moved to; and the sessions that a row may be of once only, and is."""
    try:
        async with connection.transaction():
            rows = await connection.fetch(statement, *zip(*pairs, strict=True), timeout=SECONDS)
    except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError):
        if len(pairs) == 1:
            return [], [pairs[0][1]]
        one_by_one = [await _move(connection, statement, [pair]) for pair in pairs]
        return [each for kept, _ in one_by_one for each in kept], [
            each for _, stuck in one_by_one for each in stuck
        ]
    return [row["kept"] for row in rows], []


def _merged(settlement: Settlement, moved: Mapping[str, int], stayed: Collection[str]) -> Merged:
    kept = settlement.kept
    return Merged(
        kept.tenant_id,
        kept.contact_id,
        kept.id,
        kept.status,
        tuple(other.id for other in settlement.resolved),
        dict(moved),
        tuple(sorted(stayed)),
    )
