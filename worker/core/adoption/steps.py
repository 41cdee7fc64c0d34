"""The steps of an adoption: each can be done again, and says by itself whether it is done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from worker.core.adoption.needs import ADDABLE, INDEXES, ONE_ACTIVE, TRIGGERS, WAKE, Wanted
from worker.core.adoption.seen import ForeignKey, Index, Seen


class How(Enum):
    """How a step is carried out."""

    BRIEFLY = auto()
    """In a transaction that gives up soon if somebody else is in the table, and tries again."""
    CONCURRENTLY = auto()
    """Alone, outside a transaction; waits for others and holds nobody up."""
    MERGING = auto()
    """A few contacts at a time, each in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """`statements` are what is run; those of a merge take lists of the sessions resolved and of those kept. `undo`
    clears away what is left when it fails; `moves` are the references that the first statements of a merge move."""

    name: str
    how: How
    statements: tuple[str, ...]
    undo: str | None = None
    moves: tuple[ForeignKey, ...] = ()


def steps(seen: Seen) -> Iterator[Step]:
    """What is to be done, in this order. The index that keeps contacts unique is the last: see revision 0001."""
    if not seen.has_schema:
        yield _briefly("make schema handover", "create schema if not exists handover")
    if missing := [name for name in ADDABLE if name not in seen.columns]:
        yield _add_columns(missing)
    for wanted in INDEXES:
        yield from _build(wanted, seen.indexes)
    untold = [name for name in TRIGGERS if name not in seen.triggers]
    if untold or not seen.has_function:
        yield _tell(untold)
    if not seen.guarded:
        if seen.doubles.contacts:
            yield _merge(seen)
        yield from _build(ONE_ACTIVE, seen.indexes)


def _add_columns(missing: Iterable[str]) -> Step:
    # All have no default, or one that is the same for every row: no row is written.
    added = ", ".join(f'add column if not exists "{name}" {ADDABLE[name]}' for name in missing)
    return _briefly(f"add columns {', '.join(missing)}", f"alter table inbox_sessions {added}")


def _build(wanted: Wanted, there: Iterable[Index]) -> Iterator[Step]:
    of_its_name = [index for index in there if index.name == wanted.name]
    drop = f"drop index concurrently if exists {wanted.name}"
    if any(not index.valid for index in of_its_name):
        yield Step(f"drop invalid index {wanted.name}", How.CONCURRENTLY, (drop,))
    if not any(wanted.is_met_by(index) for index in there):
        yield Step(f"build index {wanted.name}", How.CONCURRENTLY, (wanted.sql,), undo=drop)


def _merge(seen: Seen) -> Step:
    moving = tuple(key for key in seen.incoming if key.moves)
    return Step(
        "merge duplicates",
        How.MERGING,
        (*(move(key.table, key.column) for key in moving), keep(seen), RESOLVE),
        moves=moving,
    )


def move(table: str, column: str) -> str:
    """Both as SQL quotes them. What refers to a resolved session refers to the one kept, but for that one itself."""
    not_itself = " and child.id <> m.kept" if table == "inbox_sessions" else ""
    return (
        f"update {table} child set {column} = m.kept"
        f" from unnest($1::uuid[], $2::uuid[]) as m (resolved, kept) where child.{column} = m.resolved{not_itself}"
        " returning m.kept"
    )


def find_rows(table: str, column: str) -> str:
    """Where the rows are that refer to session $1; they are locked, so that they stay there."""
    return f"select tableoid as part, ctid as place from {table} where {column} = $1 for update"


def move_row(table: str, column: str) -> str:
    """The same as `move` for the row at place $3 of part $2; $1 is the session kept."""
    not_itself = " and id <> $1" if table == "inbox_sessions" else ""
    return f"update {table} set {column} = $1 where tableoid = $2 and ctid = $3{not_itself} returning true"


NEWEST = ("lastMessageAt", "lastInboundMessageAt", "updatedAt")
"""Of these the kept session gets the latest of all."""


def keep(seen: Seen) -> str:
    """The kept session has what any of them knew: a name, and when the last message came."""
    times = [
        name
        for name in NEWEST
        if name in ADDABLE or (name in seen.columns and seen.columns[name].base == "timestamptz")
    ]
    sets = ", ".join(f'"{name}" = greatest(s."{name}", m."{name}")' for name in times)
    latest = ", ".join(f'max(r."{name}") as "{name}"' for name in times)
    return (
        f'update inbox_sessions s set "contactName" = coalesce(s."contactName", m.name), {sets}'
        f' from (select p.kept, max(r."contactName") as name, {latest}'
        " from unnest($1::uuid[], $2::uuid[]) as p (resolved, kept) join inbox_sessions r on r.id = p.resolved"
        " group by p.kept) m where s.id = m.kept"
    )


RESOLVE = (
    "update inbox_sessions s set status = 'resolved', \"updatedAt\" = now()"
    " from unnest($1::uuid[], $2::uuid[]) as m (resolved, kept) where s.id = m.resolved"
)


def _tell(missing: Iterable[str]) -> Step:
    return _briefly("make the triggers that tell of free agents", WAKE, *(TRIGGERS[name] for name in missing))


def _briefly(name: str, *statements: str) -> Step:
    return Step(name, How.BRIEFLY, statements)
