"""Many runs become one row: median, spread, and how ours compares."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.result import Result

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over the rounds; `ratio` is our median over this one's, None where there is none of ours."""

    median: float
    least: float
    most: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant in one case. `wrong`: what the oracle found, in any round."""

    group: str
    case: str
    contestant: str
    runs: int
    figures: dict[str, Spread]
    wrong: list[str]


def rows(results: Sequence[Result]) -> list[Row]:
    """A row for each case and contestant, in the order they first came."""
    runs: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in results:
        runs[result.group, result.case, result.contestant].append(result)
    return [
        Row(
            group,
            case,
            contestant,
            len(found),
            _spreads(found, runs.get((group, case, OURS), [])),
            [sentence for result in found for sentence in result.wrong],
        )
        for (group, case, contestant), found in runs.items()
    ]


def _spreads(found: Sequence[Result], ours: Sequence[Result]) -> dict[str, Spread]:
    spreads: dict[str, Spread] = {}
    for name in dict.fromkeys(name for result in found for name in result.figures):
        values = _values(found, name)
        of_ours = _values(ours, name)
        middle = median(values)
        ratio = median(of_ours) / middle if of_ours and middle else None
        spreads[name] = Spread(middle, min(values), max(values), ratio)
    return spreads


def _values(results: Sequence[Result], name: str) -> list[float]:
    return [result.figures[name] for result in results if name in result.figures]
