"""What a check comes to, and what all of them do."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_NAMED = 6
"""Names in one sentence; the others are counted."""


class State(StrEnum):
    """How a check went, best first."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Verdict(StrEnum):
    """What all findings come to."""

    WELL = "well"
    """Nothing failed; there may be warnings."""
    ILL = "ill"
    UNREACHABLE = "unreachable"
    """A dependency does not answer, so not everything was seen."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `says` is a sentence; `mend` a command, None where there is nothing to mend or no command does."""

    check: str
    state: State
    says: str
    mend: str | None = None
    unreachable: bool = False


def ok(check: str, says: str) -> Finding:
    return Finding(check, State.OK, says)


def warn(check: str, says: str, mend: str | None = None) -> Finding:
    return Finding(check, State.WARN, says, mend)


def fail(check: str, says: str, mend: str | None = None) -> Finding:
    return Finding(check, State.FAIL, says, mend)


def unreachable(check: str, says: str, mend: str) -> Finding:
    return Finding(check, State.FAIL, says, mend, unreachable=True)


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The worst of it."""
    failed = [finding for finding in findings if finding.state is State.FAIL]
    if any(finding.unreachable for finding in failed):
        return Verdict.UNREACHABLE
    return Verdict.ILL if failed else Verdict.WELL


def grade(value: float, *, above: float, far_above: float) -> State:
    """OK up to `above`, FAIL beyond `far_above`."""
    if value > far_above:
        return State.FAIL
    return State.WARN if value > above else State.OK


def span(seconds: float) -> str:
    """A time in its largest unit that makes at least two: `90 s`, `2 min`, `47 h`, `2 days`."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.1f} s" if seconds < 2 else f"{int(seconds)} s"  # noqa: PLR2004 - below it decimals matter


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def psql(*statements: str, database: str = "DATABASE_URL") -> str:
    """A command that runs SQL where the variable `database` leads, each statement in a transaction of its own."""
    return " ".join([f'psql "${database}"', *(f"-c {shlex.quote(statement)}" for statement in statements)])
