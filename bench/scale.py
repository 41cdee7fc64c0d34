"""How much of everything: the whole, and what fits into two minutes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Counts are handovers, unless they say otherwise; `window` is the most seconds of a backlog that are watched.

    Growth has `longer` times both: plans are made anew meanwhile, and what follows a checkpoint wears off.
    """

    rounds: int
    backlog: int
    window: float
    processes: tuple[int, ...]
    rates: tuple[int, ...]
    latency_seconds: float
    grown: int
    longer: int
    crowd: int
    queued: int
    hour: int


FULL = Scale(
    rounds=3,
    backlog=50_000,
    window=10,
    processes=(1, 4),
    rates=(50, 500, 2_000),
    latency_seconds=12,
    grown=5_000_000,
    longer=3,
    crowd=1_000,
    queued=1_000_000,
    hour=180_000,
)
QUICK = Scale(
    rounds=1,
    backlog=10_000,
    window=3,
    processes=(1,),
    rates=(50, 500),
    latency_seconds=3,
    grown=100_000,
    longer=1,
    crowd=1_000,
    queued=15_000,
    hour=10_000,
)
