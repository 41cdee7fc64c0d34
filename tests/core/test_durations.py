"""Lengths of time, as a setting takes and shows them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from worker.config import Duration
from worker.durations import short

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        (" 90 S ", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("3600", timedelta(hours=1)),
        ("P7D", timedelta(days=7)),
        ("PT12H30M", timedelta(hours=12, minutes=30)),
        (60, timedelta(minutes=1)),
    ],
)
def test_a_time_is_read_as_people_write_it(said: object, meant: timedelta) -> None:
    assert DURATION.validate_python(said) == meant


@pytest.mark.parametrize(
    "said", ["", "0", "0d", "-5", "-P1D", "7x", "d", "1d2h3", "nan", "inf", "9" * 12 + "d"]
)
def test_what_is_no_time_or_none_at_all_is_refused(said: str) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(said)


@pytest.mark.parametrize(("days", "shown"), [(7, "7d"), (1.5, "36h"), (1 / 24 / 40, "90s")])
def test_a_time_is_shown_in_the_largest_unit_that_holds_it(days: float, shown: str) -> None:
    assert short(timedelta(days=days)) == shown


@given(st.integers(1, 10**9))
def test_what_is_shown_reads_as_what_it_is(seconds: int) -> None:
    time = timedelta(seconds=seconds)
    assert DURATION.validate_python(short(time)) == time
