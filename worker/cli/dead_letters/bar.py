"""Outcomes as they come: JSON Lines on stdout, or a bar on stderr where a person can see it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic_core import to_json

from worker.cli.failures import ReaderGone
from worker.cli.output import emit, say
from worker.letters.running import Report
from worker.letters.shapes import ReplayedLetter

UNREAD = "nobody reads the outcomes any more; it goes on to its end (`handover dead-letters history`)"


@contextmanager
def bar(total: int, *, as_json: bool) -> Iterator[Report]:
    """Takes letters whose outcome is known; `total` is how many there will be. Raises ReaderGone at the end."""
    if as_json:
        with _printed() as report:
            yield report
    elif sys.stderr.isatty():
        with _drawn(total) as advance:
            yield advance
    else:
        yield lambda _: None


@contextmanager
def _printed() -> Iterator[Report]:
    """A reader who is gone does not end what was begun: it would hold its letters, and nobody would know."""
    gone: ReaderGone | None = None

    def report(letters: Sequence[ReplayedLetter]) -> None:
        nonlocal gone
        if gone:
            return
        try:
            _print(letters)
        except ReaderGone as error:
            gone = error
            say(UNREAD)

    yield report
    if gone:
        raise gone


def _print(letters: Sequence[ReplayedLetter]) -> None:
    for letter in letters:
        emit(to_json(letter).decode())


@contextmanager
def _drawn(total: int) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as bars:
        task = bars.add_task("", total=total, failed=0)

        def advance(letters: Sequence[ReplayedLetter]) -> None:
            failed = sum(letter.outcome == "failed" for letter in letters)
            bars.update(task, advance=len(letters), failed=bars.tasks[0].fields["failed"] + failed)

        yield advance
