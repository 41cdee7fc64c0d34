"""A masked contact id cannot be called, wherever it stood, and what is no contact's is left as it was."""

from typing import Any
from uuid import UUID

import pytest
from builders import a_handover
from hypothesis import given
from hypothesis import strategies as st

from worker.console.masking import masked, without_ids
from worker.core.redelivery import Conflict

CONTACT = "254745050238"


@pytest.mark.parametrize(
    ("contact_id", "shown"),
    [
        (CONTACT, "254 ••• ••• 238"),
        ("12345678", "12•••78"),
        ("visitor-81f3", "vi•••f3"),
        ("ann", "•••"),
    ],
)
def test_enough_is_left_to_tell_contacts_apart(contact_id: str, shown: str) -> None:
    assert masked(contact_id) == shown


@given(st.from_regex(r"[1-9][0-9]{8,14}", fullmatch=True))
def test_of_a_number_six_digits_are_left_at_most(contact_id: str) -> None:
    assert sum(char.isdigit() for char in masked(contact_id)) == 6


@pytest.mark.parametrize(
    "text",
    [
        CONTACT,
        f"contact '{CONTACT}' of tenant 'acme'",
        "call +254 745 050 238 again",
        "call (254) 745-050-238 again",
        f"conv-{CONTACT}-1",
        f"handover_{CONTACT}_1",
        f"contact{CONTACT}",
        "+254\u00a0745\u00a0050\u00a0238",
        "254\u2011745\u2011050\u2011238",
        f"at 2026-11-23 17:25:25 UTC {CONTACT} came",
    ],
)
def test_a_number_is_found_in_what_anybody_wrote(text: str) -> None:
    told = without_ids({"text": [text], CONTACT: text})
    assert "745" not in str(told)


@pytest.mark.parametrize(
    "value",
    [
        "it waits since 2026-11-23 17:25:25 UTC because nobody was online",
        "2026-11-23T17:25:25.123456Z",
        "9be902b4-2a7c-4539-9012-345678901234",
        f"session {UUID(int=10**37)} is gone",
        "3 of 12 agents, 100000 ms",
        {"fingerprint": "1234567890123456", "filter": {"fingerprints": ["1234567890123456"]}},
        [True, None, 1.5, 86_400_000],
    ],
)
def test_times_and_ids_of_ours_stay(value: Any) -> None:
    assert without_ids(value) == value


def test_an_id_that_is_no_number_is_found_where_it_is_known() -> None:
    told = without_ids(
        {"error": "contact 'visitor-81f3' is another", "contactId": "visitor-81f3"}, ["visitor-81f3"]
    )
    assert told == {"error": "contact 'vi•••f3' is another", "contactId": "vi•••f3"}


@pytest.mark.parametrize(
    "name", ["id", "example", "session_id", "letter_id", "replay", "fingerprint", "text"]
)
@pytest.mark.parametrize("value", [CONTACT, [CONTACT], {"contactId": CONTACT}, {"id": int(CONTACT)}])
def test_no_name_makes_a_contact_id_one_of_ours(name: str, value: Any) -> None:
    assert "745" not in str(without_ids({name: value}))


def test_what_others_wrote_has_no_fingerprints_of_ours() -> None:
    written = {"fingerprint": f"{CONTACT}1234"}
    assert "745" not in str(without_ids({"context": written}))
    assert "745" not in str(without_ids(written, foreign=True))


def test_a_known_id_is_found_within_a_word_and_leaves_ids_of_ours_alone() -> None:
    session = "9be902b4-2a7c-4539-9012-345678901234"
    told = without_ids(f"user_b4-2a7c_1 of session {session}", ["b4-2a7c"])
    assert told == f"user_b4•••7c_1 of session {session}"


def test_the_other_contact_of_a_conflict_is_masked_too() -> None:
    conflict = Conflict(a_handover("other@x.example", event_id="chat-1", channel="email"), "o'hara@x.example")
    assert without_ids(conflict.error) == (
        "event id 'chat-1' was already handled for contact \"o'•••le\", now it names 'ot•••le':"
        " give each handover an id of its own"
    )


def test_a_contact_that_was_refused_is_masked_where_the_refusal_quotes_it() -> None:
    told = without_ids("contactId holds no digits, as channel sms needs; got 'ann@x.example'")
    assert told == "contactId holds no digits, as channel sms needs; got 'an•••le'"


def test_of_bytes_in_base64_there_is_only_their_size() -> None:
    assert without_ids({"data_base64": "MjU0NzQ1MDUwMjM4"}) == {"data_base64": "••• 12 bytes"}


def test_what_an_editor_set_is_masked() -> None:
    assert without_ids({"set": ["data.contactId=ann@x.example"]}) == {"set": ["data.contactId=an•••le"]}


def test_a_short_id_is_masked_in_its_field_and_leaves_words_alone() -> None:
    told = without_ids(
        {"state": "open", "contact_ids": ["open", "5"], "sentence": "5 are open"}, ["open", "5"]
    )
    assert told == {"state": "open", "contact_ids": ["•••", "•••"], "sentence": "5 are open"}


def test_numbers_in_json_are_numbers_of_phones_too() -> None:
    assert without_ids({"account": int(CONTACT), "phone": float(CONTACT), "amount": 1200}) == {
        "account": "254 ••• ••• 238",
        "phone": "254 ••• ••• 238",
        "amount": 1200,
    }
