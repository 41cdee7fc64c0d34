"""The results as text and as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from bench.goals import Goal, goals
from bench.result import Result
from bench.summary import OURS, Row, Spread, rows

NAMES = 2
"""Columns of words, which come first."""

ROUNDED_FROM = 100


def text(results: Sequence[Result]) -> str:
    """One table for each group, below it what the oracle found; and at the end what was to be reached."""
    tables = [
        _table(group, list(of_group)) for group, of_group in groupby(rows(results), lambda row: row.group)
    ]
    return "\n\n".join([*tables, "\n".join(_goals(goals(rows(results))))])


def line(result: Result) -> str:
    """One run in a line."""
    said = "  ".join(f"{_number(value)} {name}" for name, value in result.figures.items())
    return f"  {result.contestant}: {said or 'nothing'}" + "".join(
        f"\n  FAILED: {each}" for each in result.wrong
    )


def write(results: Sequence[Result], folder: Path, machine: str) -> None:
    """Below the folder `results.txt`, and `results.json`: every run, and the rows they make."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.txt").write_text(f"{machine}\n\n{text(results)}\n")
    content = {
        "machine": machine,
        "runs": [asdict(result) for result in results],
        "rows": [asdict(row) for row in rows(results)],
        "goals": [asdict(goal) for goal in goals(rows(results))],
    }
    (folder / "results.json").write_text(json.dumps(content, indent=1) + "\n")


def _goals(found: Sequence[Goal]) -> list[str]:
    verdicts = {True: "reached", False: "NOT REACHED", None: "not measured"}
    return _aligned(
        [
            ["to reach", "wanted", "found", ""],
            *(
                [
                    goal.what,
                    goal.wanted,
                    _spread(goal.found, "{:.2f}".format),
                    verdicts[goal.reached],
                ]
                for goal in found
            ),
        ]
    )


def _table(group: str, found: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in found for name in row.figures))
    head = [group, "contestant", *names, "ours is", "oracle"]
    cells = [_cells(row, names) for row in found]
    failures = [f"FAILED: {row.case}: {row.contestant}: {each}" for row in found for each in row.wrong]
    return "\n".join([*_aligned([head, *_without_repetition(cells)]), *failures])


def _cells(row: Row, names: Sequence[str]) -> list[str]:
    spreads = [row.figures.get(name) for name in names]
    ratio = row.ours_is.get(names[0]) if names and row.contestant != OURS else None
    times = f"x {ratio.median:.2f}" if ratio else ""
    return [row.case, row.contestant, *map(_spread, spreads), times, "FAILED" if row.wrong else "ok"]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= ROUNDED_FROM else f"{value:,.1f}"


def _spread(spread: Spread | None, number: Callable[[float], str] = _number) -> str:
    if spread is None:
        return "-"
    if spread.least == spread.most:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.least)}-{number(spread.most)})"


def _without_repetition(cells: Sequence[list[str]]) -> list[list[str]]:
    cases = [""] + [row[0] for row in cells]
    return [["" if row[0] == before else row[0], *row[1:]] for row, before in zip(cells, cases, strict=False)]


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if number < NAMES else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]
