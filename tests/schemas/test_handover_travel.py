"""The three ways a handover travels, and what is refused on the way."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import (
    CONTENT_TYPE,
    EventError,
    Handover,
    InvalidEvent,
    InvalidJson,
    UnknownType,
    decode_handover,
)

DATA: dict[str, Any] = {"tenantId": "acme", "contactId": "+254 745 050 238"}
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/bots/refunds",
    "type": "handover.requested.v1",
    "time": "2026-11-23T13:00:00+03:00",
    "data": DATA,
}
TEN_O_CLOCK = datetime(2026, 11, 23, 10, tzinfo=UTC)
EXPECTED = Handover(event_id="e-1", asked_at=TEN_O_CLOCK, tenant_id="acme", contact_id="254745050238")


def decode(
    body: object,
    *,
    content_type: str | None = "application/json",
    headers: dict[str, Any] | None = None,
    message_id: str | None = None,
    timestamp: datetime | None = None,
) -> Handover:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_handover(
        raw, content_type=content_type, headers=headers or {}, message_id=message_id, timestamp=timestamp
    )


def refusal(body: object, expected: type[EventError], **how: Any) -> str:
    with pytest.raises(expected) as caught:
        decode(body, **how)
    assert type(caught.value) is expected
    return str(caught.value)


def binary(prefix: str = "ce-", **changes: Any) -> dict[str, Any]:
    attributes = {name: value for name, value in EVENT.items() if name != "data"} | changes
    return {prefix + name: value for name, value in attributes.items()}


@pytest.mark.parametrize(
    "content_type", [CONTENT_TYPE, "Application/CloudEvents+JSON; charset=utf-8", "text/plain", None]
)
def test_a_structured_event_is_known_by_its_content_type_or_its_specversion(content_type: str | None) -> None:
    assert decode(EVENT, content_type=content_type) == EXPECTED


@pytest.mark.parametrize("prefix", ["ce-", "CE-", "cloudEvents:", "cloudEvents_", "cloudevents_"])
def test_a_binary_event_has_its_attributes_in_headers(prefix: str) -> None:
    assert decode(DATA, headers=binary(prefix)) == EXPECTED


def test_a_binary_event_may_have_bytes_and_timestamps_in_its_headers() -> None:
    headers = binary(id=b"e-1", type=b"handover.requested.v1", time=TEN_O_CLOCK) | {"x-other": 7}
    assert decode(DATA, headers=headers) == EXPECTED


def test_plain_json_is_named_by_its_amqp_message_id_and_dated_by_its_timestamp() -> None:
    assert decode(DATA, message_id="e-1", timestamp=TEN_O_CLOCK) == EXPECTED


def test_a_byte_order_mark_is_forgiven() -> None:
    assert decode(b"\xef\xbb\xbf" + json.dumps(EVENT).encode()) == EXPECTED


def test_data_may_be_base64() -> None:
    encoded = base64.b64encode(json.dumps(DATA).encode()).decode()
    assert decode({**EVENT, "data": None, "data_base64": encoded}) == EXPECTED


@pytest.mark.parametrize("encoded", ["%%%", "abc", "é", 7])
def test_data_that_is_not_base64_is_refused(encoded: object) -> None:
    assert "data_base64" in refusal({**EVENT, "data": None, "data_base64": encoded}, InvalidEvent)


def test_a_missing_source_is_forgiven() -> None:
    assert decode({**EVENT, "source": None}) == EXPECTED


@pytest.mark.parametrize(
    "time", [None, "", "yesterday", "2026-11-23T10:00:00", "0001-01-01T00:00:00+23:00", 7, {}]
)
def test_a_time_that_is_none_leaves_the_amqp_timestamp_or_nothing(time: object) -> None:
    assert decode({**EVENT, "time": time}).asked_at is None
    assert decode({**EVENT, "time": time}, timestamp=TEN_O_CLOCK).asked_at == TEN_O_CLOCK


def test_plain_json_without_a_message_id_says_what_to_set() -> None:
    assert refusal(DATA, InvalidEvent) == "the event has no id; set AMQP message_id, or send a CloudEvent"


def test_another_type_is_unknown_and_the_error_names_both() -> None:
    expected = "type 'ticket.opened' is unknown; publish 'handover.requested.v1'"
    assert refusal({**EVENT, "type": "ticket.opened", "data": 7}, UnknownType) == expected
    assert refusal(b"<xml>", UnknownType, headers=binary(type="ticket.opened")) == expected


@pytest.mark.parametrize(
    "changes", [{"specversion": "0.3"}, {"specversion": 1.0}, {"type": None}, {"type": 7}, {"id": None}]
)
def test_an_envelope_must_say_its_version_its_type_and_its_id(changes: dict[str, object]) -> None:
    assert refusal({**EVENT, **changes}, InvalidEvent, content_type=CONTENT_TYPE).startswith(
        next(iter(changes))
    )


@pytest.mark.parametrize("event_id", [7, "", "x" * 201, "é" * 128, "a\0b", "\ud800", b"\xff", ["e-1"]])
def test_an_event_id_must_fit_an_amqp_short_string(event_id: object) -> None:
    assert "id" in refusal(DATA, InvalidEvent, headers=binary(id=event_id))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"contactName": "\xed\xa0\x80"}',
        b'{"contactName": "\\ud800"}',
        b'{"context": NaN}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"context":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"context": ' + b"9" * 5_000 + b"}",
    ],
    ids=[
        "nothing",
        "half",
        "not-utf-8",
        "raw-surrogate",
        "lone-surrogate",
        "nan",
        "deep-lists",
        "deep-objects",
        "digits",
    ],
)
def test_what_is_not_utf_8_json_is_refused_as_such(body: bytes) -> None:
    assert refusal(body, InvalidJson, message_id="e-1").startswith("the body is not UTF-8 JSON: ")


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_json_that_is_no_object_is_an_invalid_event(body: object) -> None:
    assert refusal(body, InvalidEvent, message_id="e-1").startswith("the body must be a JSON object")
    assert refusal({**EVENT, "data": body}, InvalidEvent).startswith("data must be a JSON object")


def test_a_body_over_256_kib_is_refused_unread() -> None:
    fits = json.dumps(DATA).encode().ljust(256 * 1024)
    assert decode(fits, message_id="e-1").event_id == "e-1"
    assert "262145 bytes" in refusal(b"{" + b" " * 256 * 1024, InvalidEvent, message_id="e-1")
