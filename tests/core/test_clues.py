"""Whose message it was, of one that is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.clues import Clues, clues

STRUCTURED = "application/cloudevents+json"
WHOLE = (
    b'{"specversion": "1.0", "type": "handover.requested.v1", "id": "e", "source": "/",'
    b' "data": {"tenantId": "acme", "contactId": "+254 1", "priority": "x"}}'
)


@pytest.mark.parametrize(
    ("body", "properties", "expected"),
    [
        (b"{", {"message_id": "m"}, Clues(None, None, "m")),
        (b'{"tenantId": "acme"}', {"message_id": "m"}, Clues("acme", None, "m")),
        (b'{"tenantId": "acme", "contactId": "+254 1"}', {}, Clues("acme", "2541", None)),
        (WHOLE, {"content_type": STRUCTURED}, Clues("acme", "2541", "e")),
        (WHOLE.replace(b"requested.v1", b"requested.v9"), {}, Clues("acme", "2541", "e")),
        (WHOLE.replace(b'"id": "e"', b'"id": 5'), {"message_id": "m"}, Clues("acme", "2541", None)),
        (b'{"tenantId": 5, "contactId": "v", "channel": "webchat"}', {}, Clues(None, "v", None)),
        (
            b'{"tenantId": "acme", "contactId": "v", "channel": "webchat"}',
            {"headers": {"ce-id": "h", "ce-type": "t", "ce-specversion": "1.0"}},
            Clues("acme", "v", "h"),
        ),
        (b'{"tenantId": "\\u0000", "contactId": "1\\u0000"}', {"message_id": "\0"}, Clues()),
        (b"\xff", {}, Clues()),
        (b"[" * 10_000, {}, Clues()),
    ],
)
def test_what_can_be_told_is_told(body: bytes, properties: dict[str, Any], expected: Clues) -> None:
    given: dict[str, Any] = {"content_type": None, "headers": {}, "message_id": None, **properties}

    assert clues(body, **given) == expected


@given(st.binary(max_size=200), st.one_of(st.none(), st.text()))
def test_nothing_is_too_strange(body: bytes, message_id: str | None) -> None:
    clues(body, content_type=STRUCTURED, headers={}, message_id=message_id)
    clues(body, content_type=None, headers={"ce-id": body}, message_id=message_id)
