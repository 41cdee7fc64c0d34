"""From what was seen to what is wrong, what is worth knowing, and what is to be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.core.adoption.mends import alter, altering
from worker.core.adoption.needs import (
    EMPTIED,
    INDEXES,
    INSERTED,
    LABELS,
    LONGEST_LABEL,
    ONE_ACTIVE,
    REQUIRED,
    TEXT,
    TYPES,
)
from worker.core.adoption.notes import notes
from worker.core.adoption.refusals import refusals
from worker.core.adoption.seen import Column, Doubles, Index, Seen
from worker.core.adoption.spelling import spelling
from worker.core.adoption.steps import How, Step, steps
from worker.core.diagnosis.finding import Finding, State, fail, psql, some

TABLE = "r"


@dataclass(frozen=True, slots=True)
class Plan:
    """`problems` are for people, and nothing is done while there is one; `notes` are worth knowing."""

    problems: Sequence[Finding]
    notes: Sequence[Finding]
    steps: Sequence[Step]

    @property
    def is_done(self) -> bool:
        return not self.problems and not self.steps


def plan(seen: Seen, *, merge: bool) -> Plan:
    """`merge`: contacts with several active sessions are to be merged; else they are a problem."""
    either = [*refusals(seen), *spelling(seen)]
    problems = [*_of_the_table(seen), *_of_columns(seen), *_of_indexes(seen)]
    problems += [finding for finding in either if finding.state is State.FAIL]
    to_do = list(steps(seen))
    if seen.doubles.contacts and not merge and not seen.guarded:
        problems.append(_doubles(seen.doubles))
        to_do = [step for step in to_do if step.how is not How.MERGING]
    warnings = [finding for finding in either if finding.state is State.WARN]
    return Plan(problems, [*warnings, *notes(seen)], to_do)


def _of_the_table(seen: Seen) -> Iterator[Finding]:
    if seen.kind != TABLE:
        what = {"p": "a partitioned table", "v": "a view", "m": "a view", "f": "a foreign table"}.get(
            seen.kind
        )
        yield fail("table", f"inbox_sessions is {what or 'no table'}: one active session needs a plain table")


def _of_columns(seen: Seen) -> Iterator[Finding]:
    for name in REQUIRED:
        if name not in seen.columns:
            says = f"{name} is missing, and nothing could be put in it: is this a table of sessions?"
            yield fail("columns", says)
    for column in seen.columns.values():
        yield from _of_column(column)
    for name, count in seen.blanks.items():
        if name in seen.columns:
            yield fail("columns", f"{name} is null in {count} active sessions", _find_blank(name))
    if "id" in seen.columns and not any(_is_key(index) for index in seen.indexes):
        mend = alter("add primary key (id)")
        yield fail("columns", "id is not a key: sessions are told apart by it", mend)


def _find_blank(name: str) -> str:
    open_ones = "status in ($$assigned$$, $$unassigned$$)"
    return psql(f'select id from inbox_sessions where "{name}" is null and {open_ones}')  # noqa: S608 - ours


def _is_key(index: Index) -> bool:
    return index.unique and index.valid and not index.partial and tuple(index.columns) == ("id",)


def _of_column(column: Column) -> Iterator[Finding]:
    if says := _wrong_type(column):
        yield fail("columns", says, _mend_type(column))
    if column.name in EMPTIED and not column.nullable:
        mend = alter(f'alter "{column.name}" drop not null')
        yield fail("columns", f"{column.name} must not be null, and the worker writes null into it", mend)
    if column.name not in INSERTED and not column.nullable and not column.given:
        says = f"{column.name} has no default and must not be null: the worker, which does not know it, opens sessions"
        mend = alter(f'alter "{column.name}" drop not null')
        yield fail("columns", says, mend)


def _wrong_type(column: Column) -> str | None:
    if column.name == "status":
        if column.labels is None:
            return _wrong_text(column)
        lacking = [label for label in LABELS if label not in column.labels]
        return f"status cannot be {' or '.join(lacking)}" if lacking else None
    wanted = TYPES.get(column.name)
    if wanted is None or column.base in wanted:
        return None
    return f"{column.name} is {column.shown}; {' or '.join(sorted(wanted))} is needed"


def _wrong_text(status: Column) -> str | None:
    if status.base not in TEXT:
        return f"status is {status.shown}, not an enum or text"
    if status.length and status.length < len(LONGEST_LABEL):
        return f"status holds {status.length} characters, and {LONGEST_LABEL!r} has {len(LONGEST_LABEL)}"
    return None


def _mend_type(column: Column) -> str | None:
    if column.name == "status" and column.labels is not None:
        added = [
            f"alter type {column.shown} add value $${each}$$" for each in LABELS if each not in column.labels
        ]
        return psql(*added)
    if column.name == "status" and column.base in TEXT:
        return alter("alter status type varchar(20)")
    if column.base == "timestamp":
        # In UTC no row is written, but the indexes on it are built again, and nobody reads or writes meanwhile.
        to_utc = altering(f'alter "{column.name}" type timestamptz')
        return psql(f"set local timezone to $$UTC$$; {to_utc}")
    return None


def _of_indexes(seen: Seen) -> Iterator[Finding]:
    wanted = {each.name: each for each in (*INDEXES, ONE_ACTIVE)}
    for index in seen.indexes:
        ours = wanted.get(index.name)
        guards_less = ours is ONE_ACTIVE and index.valid and not seen.guarded
        if index.being_built:
            yield fail("indexes", f"{index.name} is being built by somebody: run this again when it is done")
        elif ours and (guards_less or ours.is_taken_by(index)):
            mend = psql(f"alter index {index.name} rename to {index.name}_old")
            yield fail(
                "indexes", f"{index.name} is another index than the one the worker needs of that name", mend
            )


def _doubles(doubles: Doubles) -> Finding:
    named = [f"{each.contact_id!r} of {each.tenant_id!r} ({each.sessions})" for each in doubles.examples]
    says = (
        f"contacts with more than one active session: {doubles.contacts}, with {doubles.sessions} sessions, such as"
        f" {some(named)}"
    )
    return fail("doubles", says, "handover db adopt --merge-duplicates --dry-run")
