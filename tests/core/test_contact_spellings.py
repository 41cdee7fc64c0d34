"""A contact as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.contact import spellings


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("254745050238", ["254745050238"]),
        (" +254 745 050 238 ", ["+254 745 050 238", "254745050238"]),
        ("WhatsApp:+254745050238", ["WhatsApp:+254745050238", "254745050238"]),
        ("user-1", ["user-1"]),
        ("ann@example.com", ["ann@example.com"]),
        ("+-", ["+-"]),
    ],
)
def test_only_what_looks_like_a_number_is_one(written: str, ids: list[str]) -> None:
    assert spellings(written) == ids


@given(st.text(min_size=1))
def test_the_text_itself_is_the_likeliest(written: str) -> None:
    assert spellings(written)[0] == written.strip()
