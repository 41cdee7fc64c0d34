from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from worker.core.hours import BadSchedule, Schedule, parse


def berlin(**days: list[tuple[str, str]]) -> Schedule:
    return parse(
        {
            "timezone": "Europe/Berlin",
            "days": {
                day: [{"start": start, "end": end} for start, end in hours] for day, hours in days.items()
            },
        }
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-01-05T07:59", False),
        ("2026-01-05T08:00", True),
        ("2026-01-05T15:59", True),
        ("2026-01-05T16:00", False),
        ("2026-01-06T10:00", False),
        ("2026-07-06T07:00", True),
    ],
)
def test_a_shift_is_in_the_teams_own_time(now: str, is_open: bool) -> None:
    assert berlin(monday=[("09:00", "17:00")]).is_open(utc(now)) is is_open


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-01-05T20:59", False),
        ("2026-01-05T21:00", True),
        ("2026-01-06T04:59", True),
        ("2026-01-06T05:00", False),
        ("2026-01-06T21:00", False),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_it_begins(now: str, is_open: bool) -> None:
    assert berlin(monday=[("22:00", "06:00")]).is_open(utc(now)) is is_open


def test_the_night_the_clocks_go_forward_is_an_hour_shorter() -> None:
    night = berlin(saturday=[("22:00", "06:00")])

    assert [night.is_open(utc(f"2026-03-{at}")) for at in ("28T21:00", "29T03:59", "29T04:00")] == [
        True,
        True,
        False,
    ]


def test_the_night_the_clocks_go_back_is_an_hour_longer() -> None:
    night = berlin(saturday=[("22:00", "06:00")])

    assert [night.is_open(utc(f"2026-10-{at}")) for at in ("24T20:00", "25T04:59", "25T05:00")] == [
        True,
        True,
        False,
    ]


def test_an_hour_that_comes_twice_opens_once() -> None:
    early = berlin(sunday=[("01:00", "02:30")])

    opened = [early.is_open(utc("2026-10-24T23:00") + timedelta(minutes=15 * n)) for n in range(20)]
    assert opened == [True] * 6 + [False] * 14


def test_a_start_in_the_hour_that_is_skipped_is_not_lost() -> None:
    assert berlin(sunday=[("02:30", "05:00")]).is_open(utc("2026-03-29T02:00"))


def test_24_hours_and_the_end_of_the_day() -> None:
    all_day = berlin(monday=[("00:00", "24:00")])

    assert all_day.is_open(utc("2026-01-05T22:59"))
    assert not all_day.is_open(utc("2026-01-05T23:00"))


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ({}, "days is missing"),
        ({"days": {}}, "timezone None is not known"),
        ({"timezone": "Mars/Olympus", "days": {}}, "timezone 'Mars/Olympus' is not known"),
        ({"timezone": "../etc/passwd", "days": {}}, "is not known"),
        ({"timezone": "UTC", "days": {"funday": []}}, "day 'funday' is none of"),
        ({"timezone": "UTC", "days": {"monday": "9-5"}}, "monday is not a list"),
        ({"timezone": "UTC", "days": {"monday": [7]}}, "monday has 7 where an object"),
        ({"timezone": "UTC", "days": {"monday": [{"start": "9am", "end": "17:00"}]}}, "monday has '9am'"),
    ],
)
def test_a_bad_schedule_is_refused_by_name(schedule: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSchedule, match=says):
        parse(schedule)
