import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import InvalidEvent, normalise_contact_id

channels = st.sampled_from(["whatsapp", "sms", "voice", "WhatsApp", "webchat", "telegram"])


@pytest.mark.parametrize(
    "typed", ["+254 745 050 238", "254745050238", "(254) 745-050-238", "+٢٥٤ 745 050 238"]
)
@pytest.mark.parametrize("channel", ["whatsapp", "sms", "voice", "WhatsApp"])
def test_a_phone_number_is_the_same_contact_however_it_is_typed(typed: str, channel: str) -> None:
    assert normalise_contact_id(typed, channel) == "254745050238"


def test_no_country_is_guessed() -> None:
    assert normalise_contact_id("0745 050 238", "sms") == "0745050238"


def test_an_id_of_another_channel_keeps_its_letters() -> None:
    assert normalise_contact_id("  User-42 ", "webchat") == "User-42"


@pytest.mark.parametrize(
    ("contact_id", "channel"), [("visitor", "whatsapp"), ("", "sms"), (" \n", "webchat")]
)
def test_an_id_with_nothing_left_is_refused(contact_id: str, channel: str) -> None:
    with pytest.raises(InvalidEvent, match=r"^contactId holds "):
        normalise_contact_id(contact_id, channel)


def test_the_limit_applies_to_what_is_left() -> None:
    assert normalise_contact_id("+" * 200 + "7" * 100, "sms") == "7" * 100
    with pytest.raises(InvalidEvent, match="longer than 100"):
        normalise_contact_id("7" * 101, "sms")


@given(st.text(max_size=120), channels)
def test_normalising_twice_changes_nothing(contact_id: str, channel: str) -> None:
    try:
        once = normalise_contact_id(contact_id, channel)
    except InvalidEvent:
        return
    assert normalise_contact_id(once, channel) == once
