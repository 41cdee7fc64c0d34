"""What was seen while a run went on, and the rate in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WARM_SHARE = 0.05
"""Of what a run handled, the part that is not measured: connecting, first plans, first pages."""


class Sample(NamedTuple):
    """At a time in seconds: handovers announced so far, CPU seconds spent and bytes held by the contestant."""

    at: float
    handled: int
    cpu: float
    resident: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Handovers a second, CPU microseconds a handover, bytes held: at most, when warm, at last."""

    rate: float
    cpu_us: float
    resident: int
    resident_at_first: int
    resident_at_last: int


def pace(samples: Sequence[Sample]) -> Pace | None:
    """How it went once it was warm and before it was done; None when too little was seen to say."""
    if not samples:
        return None
    final = samples[-1].handled
    warm = [each for each in samples if each.handled >= max(1, WARM_SHARE * final)]
    busy = [each for each in warm if each.handled < final] or warm
    first, last = (busy[0], busy[-1]) if warm else (samples[0], samples[-1])
    if last is first and warm:
        last = warm[-1]
    handled, seconds = last.handled - first.handled, last.at - first.at
    if handled <= 0 or seconds <= 0:
        return None
    return Pace(
        rate=handled / seconds,
        cpu_us=(last.cpu - first.cpu) / handled * 1e6,
        resident=max(each.resident for each in samples),
        resident_at_first=first.resident,
        resident_at_last=last.resident,
    )
