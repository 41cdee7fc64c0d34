"""Opening hours: a weekly schedule in a team's own time zone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)


class BadSchedule(ValueError):
    """A schedule that says nothing that can be followed; the text names the part."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Open from `start` to `end`, local wall time; an end at or before the start is on the next day."""

    weekday: int
    start: time
    end: time

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants the shift of this day begins and ends at.

        A time the clocks skip is as far after midnight as it would have been; of one they pass twice the first counts.
        """
        last = day if self.end > self.start else day + DAY
        return (
            datetime.combine(day, self.start, zone).astimezone(UTC),
            datetime.combine(last, self.end, zone).astimezone(UTC),
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a team is open."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...]

    def is_open(self, now: datetime) -> bool:
        """Whether a shift is under way that began today or yesterday; `now` is aware."""
        today = now.astimezone(self.zone).date()
        shifts = (
            shift.on(day, self.zone)
            for day in (today - DAY, today)
            for shift in self.shifts
            if shift.weekday == day.weekday()
        )
        return any(start <= now < end for start, end in shifts)


def parse(schedule: Any) -> Schedule:
    """A schedule as it is stored: `{"timezone": "Africa/Nairobi", "days": {"monday": [{"start", "end"}]}}`.

    Raises BadSchedule naming what is wrong.
    """
    days = schedule.get("days") if isinstance(schedule, Mapping) else None
    if not isinstance(days, Mapping) or not isinstance(schedule, Mapping):
        raise BadSchedule("days is missing: give an object of weekday to a list of start and end")
    shifts = tuple(shift for day, ranges in days.items() for shift in _shifts(day, ranges))
    return Schedule(_zone(schedule.get("timezone")), shifts)


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise BadSchedule(f"timezone {name!r} is not known: use a name like Africa/Nairobi") from error


def _shifts(day: Any, ranges: Any) -> Iterator[Shift]:
    if not isinstance(day, str) or day.lower() not in WEEKDAYS:
        raise BadSchedule(f"day {day!r} is none of {', '.join(WEEKDAYS)}")
    if not isinstance(ranges, list):
        raise BadSchedule(f"{day} is not a list of start and end")
    for each in ranges:
        if not isinstance(each, Mapping):
            raise BadSchedule(f"{day} has {each!r} where an object with start and end belongs")
        yield Shift(WEEKDAYS.index(day.lower()), _time(day, each.get("start")), _time(day, each.get("end")))


def _time(day: str, text: Any) -> time:
    if text == "24:00":
        return time(0)
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except (ValueError, TypeError) as error:
        raise BadSchedule(f"{day} has {text!r} where a time like 09:00 belongs") from error
