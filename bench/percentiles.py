"""Percentiles of what was seen, no interpolation: each is a value that occurred."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that `share` of the values do not exceed (nearest rank). Raises ValueError for no values."""
    if not values:
        raise ValueError("there are no values to take a percentile of")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
