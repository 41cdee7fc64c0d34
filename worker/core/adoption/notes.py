"""What is worth knowing of an inbox, and stops nothing."""

from collections.abc import Iterator

from worker.core.adoption.needs import INDEXES, LENGTHS, ONE_ACTIVE
from worker.core.adoption.seen import ForeignKey, Seen
from worker.core.diagnosis.finding import Finding, ok, psql, some, warn


def notes(seen: Seen) -> Iterator[Finding]:
    """A finding for each."""
    wanted = {each.name for each in (*INDEXES, ONE_ACTIVE)}
    for index in seen.indexes:
        if not index.valid and not index.being_built and index.name not in wanted:
            says = f"{index.name} is invalid: building it failed, and it only costs"
            yield warn("indexes", says, psql(f'reindex index concurrently "{index.name}"'))
    for column in seen.columns.values():
        limit = LENGTHS.get(column.name)
        if limit and column.length and column.length < limit:
            says = f"{column.name} holds {column.length} characters, a handover may have {limit}: longer ones fail"
            yield warn("columns", says)
    if seen.others:
        counted = [f"{status!r} ({count})" for status, count in seen.others.items()]
        yield warn("status", f"the worker takes sessions with these statuses for closed: {some(counted)}")
    if seen.guarded:
        yield ok("doubles", "an index makes a second active session of a contact impossible")
    elif seen.loose:
        says = "columns without a foreign key, whose rows would not be merged if they refer to sessions"
        yield warn("references", f"{says}: {some(seen.loose)}")
    yield from map(_roster, seen.outgoing)
    if seen.strangers:
        says = (
            f"agents of the roster that the foreign key does not know: {seen.strangers}; their handovers fail"
        )
        yield warn("roster", says, "handover agents list")
    if seen.typeorm:
        yield warn(
            "typeorm", "with `synchronize: true` TypeORM would drop the columns and indexes it does not know"
        )


def _roster(key: ForeignKey) -> Finding:
    return ok(
        "roster",
        f"{key.column} refers to {key.refers_to}: an agent or team of the roster has an id from there",
    )
