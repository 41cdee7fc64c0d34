"""Lengths of time as people write them: 7d, 12h, 30m, 90s, a number of seconds, or ISO 8601."""

import re
from datetime import timedelta

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}

_SHORT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([wdhms]?)", re.IGNORECASE)


def read(value: object) -> object:
    """The time that a number and a unit say, seconds if there is no unit; anything else as it is, for others to read.

    Raises ValueError when it is longer than a timedelta can be.
    """
    short = _SHORT.fullmatch(value.strip()) if isinstance(value, str) else None
    if short is None:
        return value
    try:
        return float(short[1]) * UNITS[short[2].lower() or "s"]
    except OverflowError as error:
        raise ValueError("is too long a time") from error


def short(time: timedelta) -> str:
    """The time in the largest unit that holds it whole: 7d, 36h, 90s."""
    unit = next((unit for unit, length in UNITS.items() if unit != "w" and not time % length), None)
    return f"{time // UNITS[unit]}{unit}" if unit else f"{time.total_seconds():g}s"
