"""What agents do, as it travels: three kinds of event, three ways, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import (
    CONTENT_TYPE,
    Acceptance,
    AgentEvent,
    EventError,
    Heartbeat,
    InvalidEvent,
    InvalidJson,
    StatusChanged,
    UnknownType,
    decode_agent_event,
    encode_agent_event,
)

AGENT, SESSION = UUID(int=1), UUID(int=2)
WHO: dict[str, Any] = {"tenantId": "acme", "agentId": str(AGENT)}
STATUS = {**WHO, "status": "busy", "reason": "lunch"}
ACCEPT = {**WHO, "sessionId": str(SESSION)}
TEN_O_CLOCK = datetime(2026, 11, 23, 10, tzinfo=UTC)
ELEVEN_O_CLOCK = datetime(2026, 11, 23, 11, tzinfo=UTC)
KINDS = [
    ("agent.status_changed", STATUS, StatusChanged(**WHO, status="busy", reason="lunch")),
    ("agent.heartbeat", WHO, Heartbeat(**WHO)),
    ("session.accept", ACCEPT, Acceptance(**WHO, sessionId=SESSION)),
]


def decode(
    body: object,
    *,
    content_type: str | None = "application/json",
    headers: dict[str, Any] | None = None,
    message_id: str | None = None,
    **how: Any,
) -> AgentEvent:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_agent_event(
        raw, content_type=content_type, headers=headers or {}, message_id=message_id, **how
    )


def refusal(body: object, expected: type[EventError], **how: Any) -> str:
    with pytest.raises(EventError) as caught:
        decode(body, **how)
    assert type(caught.value) is expected
    return str(caught.value)


def attributes(name: str) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "e-1", "source": "/inbox", "type": f"{name}.v1"}


@pytest.mark.parametrize(("name", "data", "expected"), KINDS)
def test_each_kind_travels_structured_or_binary(name: str, data: object, expected: AgentEvent) -> None:
    known = expected.model_copy(update={"event_id": "e-1"})
    assert decode({**attributes(name), "data": data}, content_type=CONTENT_TYPE) == known
    assert decode({**attributes(name), "data": data}) == known
    headers = {f"ce-{key}": value for key, value in attributes(name).items()}
    assert decode(data, headers=headers) == known


@pytest.mark.parametrize(("name", "data", "expected"), KINDS)
def test_plain_json_is_what_the_amqp_type_says_else_the_routing_key(
    name: str, data: object, expected: AgentEvent
) -> None:
    for said in (name, f"{name}.v1"):
        assert decode(data, type=said, routing_key="agent.anything") == expected
        assert decode(data, routing_key=said) == expected
        assert decode(data, routing_key=f"{said}.acme") == expected


def test_a_cloud_event_is_what_it_says_whatever_the_amqp_type_and_the_routing_key() -> None:
    event = {**attributes("agent.heartbeat"), "data": STATUS}
    found = decode(event, type="session.accept", routing_key="agent.status_changed")
    assert found == Heartbeat(**WHO, id="e-1")


def test_a_status_without_any_type_is_a_change_of_status() -> None:
    assert isinstance(decode(STATUS), StatusChanged)
    assert isinstance(decode(STATUS, routing_key="handover.agents"), StatusChanged)


@pytest.mark.parametrize("how", [{"type": "agent.status_changed.v2"}, {"type": "x", "routing_key": "agent"}])
def test_an_amqp_type_that_is_none_of_ours_is_unknown(how: dict[str, str]) -> None:
    assert refusal(STATUS, UnknownType, **how) == (
        f"type '{how['type']}' is unknown; publish 'agent.status_changed.v1' or 'agent.heartbeat.v1'"
        " or 'session.accept.v1'"
    )


@pytest.mark.parametrize("key", ["agent.status_changedly", "agent.heartbeats", "session.accepted", ""])
def test_what_nothing_names_is_of_unknown_type(key: str) -> None:
    assert refusal(WHO, UnknownType, routing_key=key).startswith(f"type '{key}' is unknown; publish ")


@pytest.mark.parametrize("name", ["agent.status_changed", "agent.status_changed.v2", "handover.requested.v1"])
def test_another_cloud_event_is_unknown(name: str) -> None:
    event = {**attributes("x"), "type": name, "data": STATUS}
    assert name in refusal(event, UnknownType, routing_key="agent.status_changed")


def test_neither_an_id_nor_a_time_is_needed() -> None:
    assert decode(STATUS) == StatusChanged(**WHO, status="busy", reason="lunch", id=None, time=None)
    assert decode(STATUS, message_id="e-1").event_id == "e-1"


@pytest.mark.parametrize("said", [None, "", "yesterday", "2026-11-23T10:00:00", 7])
def test_the_data_is_dated_before_its_envelope_and_that_before_the_amqp_timestamp(said: object) -> None:
    """A time that is none counts as not given, as in a handover: the agent's status is worth more."""
    event = {**attributes("agent.heartbeat"), "data": {**WHO, "time": said}, "time": said}
    assert decode(event).at is None
    assert decode(event, timestamp=TEN_O_CLOCK).at == TEN_O_CLOCK
    dated = {**event, "time": "2026-11-23T12:00:00+01:00"}
    assert decode(dated, timestamp=TEN_O_CLOCK).at == ELEVEN_O_CLOCK
    twice = {**dated, "data": {**WHO, "time": "2026-11-23T10:00:00z"}}
    assert decode(twice).at == TEN_O_CLOCK


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tenantId": None}, "tenantId is missing; it is required"),
        ({"tenantId": 5}, "tenantId: input should be a valid string; got a number"),
        ({"tenantId": "a\0"}, "tenantId holds a NUL character, which no id may; got 'a\\x00'"),
        ({"tenantId": " "}, "tenantId: string should have at least 1 character; got ' '"),
        ({"agentId": "Amina"}, "agentId must be a UUID; got 'Amina'"),
        ({"agentId": 7}, "agentId must be a UUID; got a number"),
        ({"agentId": "\n" * 36}, "agentId must be a UUID; got "),
        ({"status": None}, "status is missing; it is required"),
        ({"status": "away"}, "status: input should be 'online', 'busy' or 'offline'; got 'away'"),
        ({"status": ["online"]}, "status: input should be 'online', 'busy' or 'offline'; got an array"),
    ],
)
def test_a_bad_field_is_refused_by_its_name(changes: dict[str, Any], says: str) -> None:
    assert refusal(STATUS | changes, InvalidEvent, type="agent.status_changed").startswith(says)


def test_a_session_must_be_a_uuid() -> None:
    told = refusal(ACCEPT | {"sessionId": "s"}, InvalidEvent, type="session.accept")
    assert told == "sessionId must be a UUID; got 's'"


@pytest.mark.parametrize(
    ("said", "kept"), [(" lunch ", "lunch"), ("", None), ("x" * 200, "x" * 100), (7, "7")]
)
def test_a_reason_is_text_for_people(said: object, kept: str | None) -> None:
    found = decode(STATUS | {"reason": said})
    assert isinstance(found, StatusChanged)
    assert found.reason == kept


def test_what_is_no_json_is_refused_as_such() -> None:
    assert refusal(b"{", InvalidJson, type="agent.heartbeat").startswith("the body is not UTF-8 JSON")
    assert refusal([], InvalidEvent, type="agent.heartbeat").startswith("the body must be a JSON object")


any_text = st.text(max_size=20)
names = st.sampled_from([name for kind, _, _ in KINDS for name in (kind, f"{kind}.v1")]) | any_text
scalars = st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.just(str(AGENT))
any_json = scalars | st.lists(scalars, max_size=3) | st.dictionaries(any_text, scalars, max_size=3)
fields = ["tenantId", "agentId", "sessionId", "status", "reason", "time"]
data = st.dictionaries(st.sampled_from(fields) | any_text, any_json)
envelopes = st.fixed_dictionaries(
    {"specversion": st.just("1.0") | any_json, "type": names | any_json, "id": any_json},
    optional={"data": data | any_json, "data_base64": any_json, "time": any_json},
)
deliveries = st.fixed_dictionaries(
    {
        "content_type": st.none() | any_text | st.just(CONTENT_TYPE),
        "headers": st.dictionaries(
            st.sampled_from(["ce-type", "ce-id", "ce-specversion"]) | any_text, scalars | st.binary()
        ),
        "message_id": st.none() | any_text,
        "type": st.none() | names,
        "routing_key": names,
        "timestamp": st.none() | st.datetimes(timezones=st.just(UTC)),
    }
)


def decode_or_refuse(body: bytes, delivery: dict[str, Any]) -> AgentEvent | None:
    """Any exception but EventError fails the test; so does an error that is not one storable line."""
    try:
        return decode_agent_event(body, **delivery)
    except EventError as error:
        told = str(error)
    assert told.isprintable()
    return None


@given(st.binary() | (data | envelopes | any_json).map(lambda json_: json.dumps(json_).encode()), deliveries)
def test_whatever_a_delivery_holds_only_event_errors_are_raised(
    body: bytes, delivery: dict[str, Any]
) -> None:
    found = decode_or_refuse(body, delivery)
    if found is not None:
        assert found.at is None or found.at.tzinfo
        assert "\0" not in found.tenant_id


times = st.none() | st.datetimes(timezones=st.just(UTC))
ids = st.from_regex(r"[A-Za-z0-9-]{1,50}", fullmatch=True)
who = {"event_id": ids, "tenant_id": ids, "agent_id": st.uuids(), "at": times}
sent = st.one_of(
    st.fixed_dictionaries(
        {**who, "status": st.sampled_from(["online", "busy", "offline"]), "reason": st.none() | any_text}
    ).map(lambda given_: StatusChanged(**given_)),
    st.fixed_dictionaries(who).map(lambda given_: Heartbeat(**given_)),
    st.fixed_dictionaries({**who, "session_id": st.uuids()}).map(lambda given_: Acceptance(**given_)),
)


@given(sent)
def test_an_event_survives_its_journey(event: AgentEvent) -> None:
    body = encode_agent_event(event, source="/inbox")
    assert decode(body, content_type=CONTENT_TYPE, routing_key="handover.agents") == event


def test_an_event_without_an_id_is_given_one_for_the_journey() -> None:
    body = encode_agent_event(Heartbeat(**WHO), source="/inbox")
    event_id = decode(body, content_type=CONTENT_TYPE).event_id
    assert event_id == str(UUID(event_id))
