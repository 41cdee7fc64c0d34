"""The trace a message belongs to."""

from typing import Any

import pytest

from schemas import Handover, decode_handover
from schemas.trace import traceparent

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("header", [TRACE, TRACE.encode(), bytearray(TRACE.encode())])
def test_it_is_what_the_header_says(header: Any) -> None:
    assert traceparent({"traceparent": header}) == TRACE


@pytest.mark.parametrize(
    "header",
    [
        None,
        7,
        "",
        "00",
        TRACE.upper(),
        f"{TRACE}-more",
        f"{TRACE}\n",
        TRACE.replace("00-", "ff-", 1),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        b"\xff\xfe",
    ],
)
def test_what_is_no_trace_is_none_and_no_error(header: Any) -> None:
    assert traceparent({"traceparent": header}) is None


def test_a_handover_is_of_the_trace_it_came_in_and_of_none_without() -> None:
    assert _read({"traceparent": TRACE}).traceparent == TRACE
    assert _read({}).traceparent is None


def test_what_the_body_calls_a_trace_is_not_one() -> None:
    body = b'{"tenantId": "acme", "contactId": "254745050238", "traceparent": "%b"}' % TRACE.encode()
    assert decode_handover(body, content_type=None, headers={}, message_id="1").traceparent is None


def _read(headers: dict[str, Any]) -> Handover:
    body = b'{"tenantId": "acme", "contactId": "254745050238"}'
    return decode_handover(body, content_type=None, headers=headers, message_id="1")
