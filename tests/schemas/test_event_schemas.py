"""The committed schemas agree with the models, and our events with the CloudEvents SDK's RabbitMQ binding."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings import rabbitmq
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker
from test_handover_properties import handovers
from test_session_events import events

from schemas import (
    CONTENT_TYPE,
    Acceptance,
    Handover,
    Heartbeat,
    InvalidEvent,
    SessionEvent,
    StatusChanged,
    decode_agent_event,
    decode_handover,
    decode_session_event,
    encode_agent_event,
    encode_handover,
    encode_session_event,
)
from worker.contracts.events import INBOUND, OUTBOUND, TYPES, event_schema

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AGENT = {"tenant_id": "acme", "agent_id": UUID(int=1), "at": NOON}
AGENT_EVENTS = [
    StatusChanged(**AGENT, status="busy", reason="lunch"),
    StatusChanged(**AGENT, status="online"),
    Heartbeat(**AGENT),
    Acceptance(**AGENT, session_id=UUID(int=2)),
]
LEAST = {"tenantId": "acme", "contactId": "254745050238"}


@cache
def validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(event_schema(event_type), format_checker=FormatChecker())


def complaints(body: bytes) -> list[str]:
    event = json.loads(body)
    return [error.message for error in validator(event["type"]).iter_errors(event)]


def handover(**data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/bots/refunds",
        "type": "handover.requested.v1",
        "data": {**LEAST, **data},
    }


@pytest.mark.parametrize("event_type", TYPES)
def test_a_schema_is_one_and_has_an_example_that_is_read(event_type: str) -> None:
    schema = event_schema(event_type)
    Draft202012Validator.check_schema(schema)
    [example] = schema["examples"]
    body = json.dumps(example).encode()
    assert complaints(body) == []
    if event_type in OUTBOUND:
        assert decode_session_event(body).type == event_type
    elif event_type == "handover.requested.v1":
        assert decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None).skills
    else:
        found = decode_agent_event(body, content_type=CONTENT_TYPE, headers={}, message_id=None)
        assert found.type == event_type


@given(handovers)
def test_what_we_publish_as_a_bot_is_as_its_schema_says(event: Handover) -> None:
    assert complaints(encode_handover(event, source="/bots/refunds")) == []


@pytest.mark.parametrize("event", AGENT_EVENTS, ids=lambda event: event.type)
def test_what_an_inbox_publishes_is_as_its_schema_says(event: StatusChanged | Heartbeat | Acceptance) -> None:
    assert complaints(encode_agent_event(event, source="/inbox")) == []


@given(events)
def test_what_the_worker_publishes_is_as_its_schema_says(event: SessionEvent) -> None:
    assert complaints(encode_session_event(event)) == []


@pytest.mark.parametrize(
    "data",
    [
        {"tenantId": ""},
        {"tenantId": "x" * 51},
        {"tenantId": 7},
        {"contactId": ""},
        {"channel": 7},
        {"skills": "swahili"},
        {"skills": [7]},
        {"priority": "high"},
        {"priority": 2**31},
        {"context": "refund"},
    ],
    ids=str,
)
def test_what_a_schema_refuses_is_a_dead_letter(data: dict[str, Any]) -> None:
    body = json.dumps(handover(**data)).encode()
    assert complaints(body)
    with pytest.raises(InvalidEvent):
        decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None)


def test_a_schema_takes_null_for_nothing_and_fields_that_nobody_knows_as_the_worker_does() -> None:
    optional = ("contactName", "channel", "teamId", "skills", "priority", "context")
    body = json.dumps(handover(**dict.fromkeys(optional), colour="red")).encode()
    assert complaints(body) == []
    assert decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None).channel == "whatsapp"


def test_every_event_that_is_read_or_written_has_a_schema() -> None:
    assert [*INBOUND, *OUTBOUND] == TYPES
    assert {kind.type for kind in AGENT_EVENTS} | {"handover.requested.v1"} == set(INBOUND)


@given(handovers)
def test_a_handover_by_the_sdk_is_read_alike_in_both_modes(event: Handover) -> None:
    theirs = CloudEvent(
        {
            "id": event.event_id,
            "source": "/bots/refunds",
            "type": "handover.requested.v1",
            "time": NOON,
            "datacontenttype": "application/json",
        },
        json.loads(encode_handover(event, source="/bots/refunds"))["data"],
    )
    read = [
        decode_handover(
            message.body, content_type=message.content_type, headers=message.headers, message_id=None
        )
        for message in (rabbitmq.to_structured_event(theirs), rabbitmq.to_binary_event(theirs))
    ]
    assert read == [event.model_copy(update={"asked_at": NOON})] * 2


@pytest.mark.parametrize("event", AGENT_EVENTS, ids=lambda event: event.type)
def test_an_agents_event_by_the_sdk_is_read_alike_in_both_modes(
    event: StatusChanged | Heartbeat | Acceptance,
) -> None:
    sealed = json.loads(encode_agent_event(event, source="/inbox"))
    attributes = {"id": "e-1", "source": "/inbox", "type": event.type, "time": NOON}
    for to_message in (rabbitmq.to_structured_event, rabbitmq.to_binary_event):
        message = to_message(
            CloudEvent({**attributes, "datacontenttype": "application/json"}, sealed["data"])
        )
        read = decode_agent_event(
            message.body, content_type=message.content_type, headers=message.headers, message_id=None
        )
        assert read == event.model_copy(update={"event_id": "e-1"})


@given(events)
def test_the_sdk_reads_a_session_event_as_we_do(event: SessionEvent) -> None:
    body = encode_session_event(event)
    theirs = rabbitmq.from_rabbitmq_event(rabbitmq.RabbitMQMessage({}, CONTENT_TYPE, body))
    assert (theirs.get_id(), theirs.get_type()) == (str(event.event_id), event.type)
    assert (theirs.get_subject(), theirs.get_time()) == (str(event.session_id), event.time)
    assert decode_session_event(rabbitmq.to_structured_event(theirs).body) == event
