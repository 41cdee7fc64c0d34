"""The client's own encoder is the oracle: byte for byte the same frames."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from worker.framing import MAX_SHORT, Outgoing, frames

SHORT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
NAME = st.text("abc.-_:", min_size=1, max_size=100)
OUTGOING = st.builds(
    Outgoing,
    routing_key=SHORT,
    content_type=SHORT,
    correlation_id=st.none() | SHORT,
    message_id=SHORT,
    timestamp=st.datetimes(timezones=st.just(UTC)).filter(lambda time: time.year >= 1970),
    type=SHORT,
    app_id=SHORT,
    body=st.binary(max_size=500),
    headers=st.dictionaries(NAME, st.text(st.characters(codec="utf-8"), max_size=400), max_size=3),
)


@given(OUTGOING, st.just("") | NAME, st.integers(1, 2047), st.integers(1, 200))
def test_a_message_is_framed_as_the_client_frames_it(
    message: Outgoing, exchange: str, channel: int, max_body: int
) -> None:
    properties = Basic.Properties(
        content_type=message.content_type,
        headers=dict(message.headers) or None,
        delivery_mode=2,
        correlation_id=message.correlation_id,
        message_id=message.message_id,
        timestamp=message.timestamp,
        message_type=message.type,
        app_id=message.app_id,
    )
    pieces = [message.body[start : start + max_body] for start in range(0, len(message.body), max_body)]
    expected = [
        marshal(Basic.Publish(exchange=exchange, routing_key=message.routing_key), channel),
        marshal(ContentHeader(body_size=len(message.body), properties=properties), channel),
        *(marshal(ContentBody(piece), channel) for piece in pieces),
    ]

    assert list(frames(message, exchange, channel, max_body)) == expected


@given(OUTGOING)
def test_a_text_too_long_for_amqp_is_refused(message: Outgoing) -> None:
    with pytest.raises(ValueError, match="longer than the 255 bytes"):
        list(frames(message._replace(routing_key="é" * (MAX_SHORT // 2 + 1)), "sessions", 1, 100))
