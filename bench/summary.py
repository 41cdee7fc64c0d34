"""Many runs become one row: median, spread, and how ours compares."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.result import Result

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over the rounds; `rounds` has those that brought it, by their number."""

    median: float
    least: float
    most: float
    rounds: Mapping[int, float]

    def over(self, other: "Spread | None") -> "Spread | None":
        """How many times the other it is, round by round; None where no round has both.

        A machine that others use too is faster in one minute than in another; within a round both had the same one.
        """
        theirs = other.rounds if other else {}
        ratios = {turn: value / theirs[turn] for turn, value in self.rounds.items() if theirs.get(turn)}
        return spread_of(ratios) if ratios else None


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant in one case; `ours_is` compares each figure. `wrong`: what the oracle found, in any round."""

    group: str
    case: str
    contestant: str
    runs: int
    figures: dict[str, Spread]
    ours_is: dict[str, Spread]
    wrong: list[str]


def rows(results: Sequence[Result]) -> list[Row]:
    """A row for each case and contestant, in the order they first came; the n-th run of each is of the n-th round."""
    runs: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in results:
        runs[result.group, result.case, result.contestant].append(result)
    figures = {key: _figures(found) for key, found in runs.items()}
    return [
        Row(
            group,
            case,
            contestant,
            len(found),
            figures[group, case, contestant],
            _compared(figures.get((group, case, OURS), {}), figures[group, case, contestant]),
            [sentence for result in found for sentence in result.wrong],
        )
        for (group, case, contestant), found in runs.items()
    ]


def spread_of(rounds: Mapping[int, float]) -> Spread:
    """The spread of what the rounds brought, one at least."""
    values = rounds.values()
    return Spread(median(values), min(values), max(values), rounds)


def _figures(runs: Sequence[Result]) -> dict[str, Spread]:
    names = dict.fromkeys(name for run in runs for name in run.figures)
    return {
        name: spread_of({turn: run.figures[name] for turn, run in enumerate(runs) if name in run.figures})
        for name in names
    }


def _compared(ours: Mapping[str, Spread], theirs: Mapping[str, Spread]) -> dict[str, Spread]:
    ratios = {name: spread.over(theirs.get(name)) for name, spread in ours.items()}
    return {name: ratio for name, ratio in ratios.items() if ratio}
