"""What a replayed message carries, and what it must not."""

from uuid import UUID

import pytest

from worker.core.stamp import LETTER, REPLAY, Claim, claim, stamped

BY = Claim(UUID(int=1), UUID(int=2))


def test_a_stamped_message_makes_its_claim() -> None:
    assert claim(stamped({}, BY)["headers"]) == BY


def test_what_was_the_senders_stays_and_what_was_the_brokers_goes() -> None:
    headers = {
        "ce-id": "e",
        "traceparent": "00-1",
        "x-death": [{"count": 1}],
        "x-first-death-queue": "q",
        "x-last-death-reason": "rejected",
        "x-delivery-count": 3,
        "CC": ["elsewhere"],
        REPLAY: "another",
    }
    properties = {"message_id": "m", "type": "t", "user_id": "bot", "expiration": "1", "headers": headers}

    assert stamped(properties, BY) == {
        "message_id": "m",
        "type": "t",
        "headers": {
            "ce-id": "e",
            "traceparent": "00-1",
            REPLAY: str(BY.replay_id),
            LETTER: str(BY.letter_id),
        },
    }


@pytest.mark.parametrize(
    "headers", [None, {}, {REPLAY: str(BY.replay_id)}, {REPLAY: "x", LETTER: "y"}, {REPLAY: 1, LETTER: b"2"}]
)
def test_half_a_claim_is_none(headers: dict[str, object] | None) -> None:
    assert claim(headers) is None
