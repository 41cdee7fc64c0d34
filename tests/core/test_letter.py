"""What makes a message one letter, and letters one group."""

import pytest

from worker.core.letter import fingerprint, letter_id


def test_the_same_message_is_the_same_letter() -> None:
    assert letter_id("m", b"{}") == letter_id("m", b"{}")
    assert (
        len({letter_id("m", b"{}"), letter_id("n", b"{}"), letter_id("m", b"[]"), letter_id(None, b"{}")})
        == 4
    )


SAME = [
    ("invalid-event", "contactId holds no digits; got 'anna'", 'contactId holds no digits; got "o\'neil"'),
    ("invalid-event", "the body is 300000 bytes, over 262144", "the body is 7 bytes, over 262144"),
    (
        "failed",
        'new row violates check constraint "no_mallory" DETAIL: Failing row contains (1, Mallory)',
        'new row violates check constraint "no_mallory" DETAIL: Failing row contains (2, Mallory-Ann)',
    ),
    (
        "failed",
        "no session 6f1c0a52-8f0e-4a39-9a55-1c1f0f6d2c11 there",
        "no session 0b7f6a52-8f0e-4a39-9a55-1c1f0f6d2cff there",
    ),
]
OTHER = [
    ("failed", 'violates check constraint "no_mallory"', 'violates check constraint "no_eve"'),
    ("invalid-event", "contactId is missing", "tenantId is missing"),
]


@pytest.mark.parametrize(("reason", "one", "another"), SAME)
def test_values_do_not_tell_causes_apart(reason: str, one: str, another: str) -> None:
    assert fingerprint(reason, one) == fingerprint(reason, another)


@pytest.mark.parametrize(("reason", "one", "another"), OTHER)
def test_fields_and_constraints_do(reason: str, one: str, another: str) -> None:
    assert fingerprint(reason, one) != fingerprint(reason, another)


def test_the_reason_does() -> None:
    assert fingerprint("failed", "x") != fingerprint("conflict", "x")
