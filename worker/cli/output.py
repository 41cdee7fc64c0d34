"""What commands print: data on stdout, as tables for people and JSON Lines for programs; notes on stderr."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from worker.cli.failures import ReaderGone

if TYPE_CHECKING:
    from rich.table import Table

JOINERS = "\u200c\u200d"
"""Unprintable, but scripts and emoji need them; they cannot harm a terminal."""

UNCUT = 10_000
"""Columns of a table nobody looks at on a terminal."""


C1 = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""What steers a terminal and JSON leaves as it is, in JSON's own words; tables hold none of it."""


def say(line: str) -> None:
    """A note on stderr; nobody has to read it."""
    with suppress(BrokenPipeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def emit(line: str) -> None:
    """A line on stdout, at once: JSON, or what is printable. Raises ReaderGone."""
    try:
        sys.stdout.write(f"{line.translate(C1)}\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def show_rows(kind: type, rows: Sequence[Any], *, as_json: bool) -> None:
    """Rows of a dataclass, under the names of its fields."""
    if as_json:
        from pydantic_core import to_json

        for row in rows:
            emit(to_json(row).decode())
        return
    names = [field.name for field in fields(kind)]
    show_table(table(names, ([getattr(row, name) for name in names] for row in rows)))


def show_table(what: "Table") -> None:
    """A table on stdout, as wide as the terminal, or as wide as it is. Raises ReaderGone."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else UNCUT)
    with console.capture() as capture:
        console.print(what)
    emit("\n".join(line.rstrip() for line in capture.get().splitlines()))


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> "Table":
    """A table whose cells are text and nothing else: no markup and no control characters of others get through."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        *(name.replace("_", " ") for name in names), box=SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
    for column in drawn.columns:
        column.overflow = "fold"
    for row in rows:
        drawn.add_row(*(Text(cell(value)) for value in row))
    return drawn


def cell(value: object) -> str:
    """A value for people, safe for a terminal."""
    match value:
        case None | () | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return " ".join(map(cell, value))
        case _:
            return printable(str(value))


def printable(text: str) -> str:
    """The text without what steers a terminal: escapes, line breaks, changes of direction."""
    return "".join(char if char.isprintable() or char in JOINERS else "\ufffd" for char in text)
