"""The results as a picture: bars with their spread, a panel for each group and figure."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.result import Result
from bench.summary import Row, rows

PANELS = (
    ("throughput", "handovers/s"),
    ("throughput", "CPU us"),
    ("latency", "p50 ms"),
    ("latency", "p99 ms"),
    ("growth", "handovers/s"),
    ("memory", "RSS MB"),
    ("sharding", "handovers/s"),
    ("PostgreSQL alone", "handovers/s"),
)
LOGARITHMIC = ("p50 ms", "p99 ms")
COLOURS = ("#1b6ca8", "#c8553d", "#e3a857", "#6a994e", "#8a8a8a")


def write(results: Sequence[Result], folder: Path) -> None:
    """`results.png` below the folder."""
    found = rows(results)
    panels = [
        panel for panel in PANELS if any(row.group == panel[0] and panel[1] in row.figures for row in found)
    ]
    if not panels:
        return
    figure = Figure(figsize=(11, 3.6 * len(panels)), layout="constrained")
    for axes, (group, name) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _bars(axes, [row for row in found if row.group == group and name in row.figures], name)
        axes.set_title(f"{group}: {name}", loc="left")
    figure.savefig(folder / "results.png", dpi=110)


def _bars(axes: Axes, found: Sequence[Row], name: str) -> None:
    cases = list(dict.fromkeys(row.case for row in found))
    contestants = list(dict.fromkeys(row.contestant for row in found))
    width = 0.8 / len(contestants)
    for number, contestant in enumerate(contestants):
        of_one = [row for row in found if row.contestant == contestant]
        spreads = [row.figures[name] for row in of_one]
        axes.bar(
            [cases.index(row.case) + (number + 0.5) * width - 0.4 for row in of_one],
            [spread.median for spread in spreads],
            width,
            yerr=[
                [spread.median - spread.least for spread in spreads],
                [spread.most - spread.median for spread in spreads],
            ],
            label=contestant,
            color=COLOURS[number % len(COLOURS)],
            ecolor="#333333",
            capsize=2,
        )
    axes.set_xticks(range(len(cases)), [case.replace(", ", "\n") for case in cases], fontsize=8)
    axes.set_xlim(-0.5, len(cases) - 0.5)
    axes.set_ylabel(name)
    if name in LOGARITHMIC:
        axes.set_yscale("log")
    # Beside the bars: over them it hides some.
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
