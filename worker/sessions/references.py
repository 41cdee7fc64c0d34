"""Rows that refer to sessions, found from the catalogue: whatever tables an adopter has added."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.sessions import NotAllowed

Place = tuple[int, tuple[int, int]]
"""A row: its table's oid, and where in it. It stays there while it is locked."""

Table = int
"""A table's oid; of a partitioned one, the whole table's."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of a table that refer to what is to be deleted, by one foreign key; messages need not have one.

    `goes`: they are deleted too, by the constraint's own rule, as messages, or because of `--cascade`. `forbids`:
    nothing can be deleted because of them.
    """

    table: str
    constraint: str | None
    rule: str
    rows: int
    goes: bool
    forbids: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """All that refers to some sessions, and the statements and rows to delete, in the order of deletion."""

    references: Sequence[Reference]
    removals: Sequence[tuple[str, Sequence[Place]]]


async def reach(connection: Connection, session_ids: Sequence[UUID], *, cascade: bool) -> Reach:
    """What goes with the sessions, whose rows are locked; the rows found are locked until commit.

    Raises NotAllowed when tables refer to each other in a circle, so that no order of deletion is right.
    """
    edges = await connection.fetch(sql.find_references)
    found: list[set[Place]] = [set() for _ in edges]
    placed = await connection.fetch(sql.place_sessions, session_ids)
    doomed: dict[Table, set[Place]] = {}
    news = {row["sessions"]: {(row["part"], row["place"]) for row in placed} for row in placed}
    while news:
        for table, places in news.items():
            doomed[table] = doomed.get(table, set()) | places
        later: dict[Table, set[Place]] = {}
        for edge, known in zip(edges, found, strict=True):
            if parents := news.get(edge["parent"]):
                fresh = await _rows(connection, edge["find"], parents)
                known.update(fresh)
                if _goes(edge, cascade=cascade):
                    later[edge["child"]] = later.get(edge["child"], set()) | fresh
        news = {table: left for table, rows in later.items() if (left := rows - doomed.get(table, set()))}
    return Reach(_references(edges, found, doomed, cascade=cascade), _removals(edges, doomed))


def _goes(edge: Record, *, cascade: bool) -> bool:
    if edge["is_session"]:
        return False
    return edge["is_message"] or edge["rule"] == "cascade" or (cascade and not edge["rule"].startswith("set"))


async def _rows(connection: Connection, find: str, parents: Iterable[Place]) -> set[Place]:
    rows = await connection.fetch(find, *zip(*parents, strict=True))
    return {(row["part"], row["place"]) for row in rows}


def _references(
    edges: Sequence[Record],
    found: Sequence[set[Place]],
    doomed: Mapping[Table, set[Place]],
    *,
    cascade: bool,
) -> list[Reference]:
    references = []
    for edge, rows in zip(edges, found, strict=True):
        goes = _goes(edge, cascade=cascade)
        if left := rows if goes else rows - doomed.get(edge["child"], set()):
            forbids = not goes and not edge["rule"].startswith("set")
            references.append(
                Reference(edge["table"], edge["constraint"], edge["rule"], len(left), goes, forbids)
            )
    return references


def _removals(
    edges: Sequence[Record], doomed: Mapping[Table, set[Place]]
) -> list[tuple[str, Sequence[Place]]]:
    """Each table's rows after those that refer to them."""
    children: dict[Table, set[Table]] = {}
    for edge in edges:
        if edge["child"] in doomed and edge["child"] != edge["parent"]:
            children.setdefault(edge["parent"], set()).add(edge["child"])
    removes = {edge["child"]: edge["remove"] for edge in edges if not edge["is_session"]}
    try:
        order = list(TopologicalSorter(children).static_order())
    except CycleError as error:
        names = " and ".join(sorted({edge["table"] for edge in edges if edge["child"] in error.args[1]}))
        raise NotAllowed(f"{names} refer to each other, nothing was done: delete their rows first") from error
    return [(removes[table], list(doomed[table])) for table in order if table in doomed and table in removes]
