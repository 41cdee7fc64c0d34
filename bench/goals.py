"""What the worker set out to reach, and whether it did: pure, over the rows of one run."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contestant import ONE_FUNCTION, ONE_TRANSACTION, OURS, PIPE
from bench.summary import Row, Spread, spread_of

MAX_MB = 120
RATE = "handovers/s"
HUNDRED = "100 tenants, 1 process"
HOT = "one hot tenant, 1 process"


@dataclass(frozen=True, slots=True)
class Goal:
    """`found` is None where this run did not measure it; its median decides."""

    what: str
    wanted: str
    found: Spread | None
    reached: bool | None


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Each goal, reached or not."""
    figures = {
        (row.group, row.case, row.contestant, name): spread
        for row in rows
        for name, spread in row.figures.items()
    }

    def over(one: tuple[str, str, str], other: tuple[str, str, str], figure: str = RATE) -> Spread | None:
        above = figures.get((*one, figure))
        return above.over(figures.get((*other, figure))) if above else None

    many, hot = ("throughput", HUNDRED), ("throughput", HOT)
    full = [row for row in rows if row.group == "growth" and row.contestant == OURS.name]
    ours = [row for row in rows if row.contestant == OURS.name]
    grown = [over(_key(full[-1]), _key(before)) for before in reversed(full[:-1])] or [None]
    held = [
        row.figures["RSS MB"].most
        for row in ours
        if row.group in ("throughput", "memory") and "RSS MB" in row.figures and "4 processes" not in row.case
    ]
    return [
        _least(
            "backlog, over one transaction a message",
            8,
            over((*many, OURS.name), (*many, ONE_TRANSACTION.name)),
        ),
        _least(
            "backlog, over one SQL function a message",
            4,
            over((*many, OURS.name), (*many, ONE_FUNCTION.name)),
        ),
        _least("backlog, over the pipe", 0.75, over((*many, OURS.name), (*many, PIPE.name))),
        _least("a hot tenant, over a hundred tenants", 0.9, over((*hot, OURS.name), (*many, OURS.name))),
        _least("full tables, over empty ones", 0.9, grown[0]),
        _least("full tables and many agents, over empty ones and few", 0.9, grown[-1]),
        _most(
            "p50 at 50/s, over one transaction a message",
            1,
            over(("latency", "50/s", OURS.name), ("latency", "50/s", ONE_TRANSACTION.name), "p50 ms"),
        ),
        _most(
            "p99 at 500/s, over one transaction a message",
            1 / 3,
            over(("latency", "500/s", OURS.name), ("latency", "500/s", ONE_TRANSACTION.name), "p99 ms"),
        ),
        _most("MB resident, one process", MAX_MB, spread_of({0: max(held)}) if held else None),
        _most(
            "cases of ours that the oracle failed", 0, spread_of({0: sum(bool(row.wrong) for row in ours)})
        ),
    ]


def _key(row: Row) -> tuple[str, str, str]:
    return row.group, row.case, row.contestant


def _least(what: str, wanted: float, found: Spread | None) -> Goal:
    return Goal(what, f"at least {wanted:g}", found, found.median >= wanted if found else None)


def _most(what: str, wanted: float, found: Spread | None) -> Goal:
    return Goal(what, f"at most {wanted:.3g}", found, found.median <= wanted if found else None)
