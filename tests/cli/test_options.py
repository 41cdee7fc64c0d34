"""What options that commands share accept."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import typer

from worker.cli.options import moment


@pytest.fixture(autouse=True)
def _in_nairobi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EAT-3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("written", ["2026-01-05T10:00", " 2026-01-05T10:00Z ", "2026-01-05T13:00+03:00"])
def test_a_time_is_utc_as_printed_ones_are_unless_it_says_otherwise(written: str) -> None:
    assert moment(written) == datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("written", ["3d", " 3D ", "72h", "4320m"])
def test_an_age_is_a_time_that_long_ago(written: str) -> None:
    assert abs(datetime.now(UTC) - timedelta(days=3) - moment(written)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "written", ["yesterday", "", "3", "3 d", "-3d", "999999999w", "999999w", "0001-01-01T00:00+01:00"]
)
def test_what_is_neither_is_refused(written: str) -> None:
    with pytest.raises(typer.BadParameter, match="is neither a time such as"):
        moment(written)
