import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import (
    EventError,
    InvalidEvent,
    SessionEvent,
    UnknownType,
    decode_session_event,
    encode_session_event,
)
from schemas.session import What

SESSION = UUID("1f16c6f6-c6c4-4ff4-aece-a676be392f82")
AGENT = UUID("1daae1c6-90e2-449d-815f-e7976266cdb9")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ASSIGNED = SessionEvent(
    what="assigned",
    time=NOON,
    session_id=SESSION,
    session_version=3,
    tenant_id="acme",
    contact_id="254745050238",
    contact_name="Wanjiku",
    channel="whatsapp",
    status="assigned",
    team_id=None,
    agent_id=AGENT,
    agent_name="Amina",
    previous_agent_id=None,
    reason="new",
    created=True,
    assigned_at=NOON,
    waited_ms=12,
    priority=0,
    context={"intent": "refund"},
    handover_id="e-1",
    requested_team_id="sales",
    team_fallback="unknown",
)

text = st.text(st.characters(codec="utf-8"), max_size=50)
times = st.datetimes(timezones=st.just(UTC))
int32 = st.integers(-(2**31), 2**31 - 1)
events = st.builds(
    SessionEvent,
    what=st.sampled_from(get_args(What)),
    time=times,
    session_id=st.uuids(),
    session_version=st.integers(1, 2**63 - 1),
    tenant_id=text,
    contact_id=text,
    contact_name=st.none() | text,
    channel=text,
    status=text,
    team_id=st.none() | st.uuids(),
    agent_id=st.none() | st.uuids(),
    agent_name=st.none() | text,
    previous_agent_id=st.none() | st.uuids(),
    reason=text,
    created=st.booleans(),
    assigned_at=st.none() | times,
    waited_ms=st.none() | st.integers(0, 2**63 - 1),
    priority=int32,
    context=st.none() | st.dictionaries(text, st.none() | st.booleans() | int32 | text | st.lists(text)),
    handover_id=st.none() | text,
    requested_team_id=st.none() | text,
    team_fallback=st.none() | st.sampled_from(["unknown", "inactive"]),
)


def test_an_event_is_a_structured_cloud_event_with_the_names_of_the_contract() -> None:
    assert json.loads(encode_session_event(ASSIGNED)) == {
        "specversion": "1.0",
        "id": "c3d6f986-7a24-5ecd-aaf4-90f6cddd7bdc",
        "source": "/handover-worker",
        "type": "session.assigned.v1",
        "subject": str(SESSION),
        "time": "2026-11-23T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "sessionId": str(SESSION),
            "sessionVersion": 3,
            "tenantId": "acme",
            "contactId": "254745050238",
            "contactName": "Wanjiku",
            "channel": "whatsapp",
            "status": "assigned",
            "teamId": None,
            "agentId": str(AGENT),
            "agentName": "Amina",
            "previousAgentId": None,
            "reason": "new",
            "created": True,
            "assignedAt": "2026-11-23T12:00:00Z",
            "waitedMs": 12,
            "priority": 0,
            "context": {"intent": "refund"},
            "handoverId": "e-1",
            "requestedTeamId": "sales",
            "teamFallback": "unknown",
        },
    }


def test_the_id_depends_on_nothing_but_the_session_and_its_version() -> None:
    assert replace(ASSIGNED, reason="again", time=datetime.now(UTC)).event_id == ASSIGNED.event_id
    assert replace(ASSIGNED, session_version=4).event_id != ASSIGNED.event_id
    assert replace(ASSIGNED, session_id=AGENT).event_id != ASSIGNED.event_id


def test_the_routing_key_names_tenant_and_agent() -> None:
    assert ASSIGNED.routing_key == f"session.assigned.acme.{AGENT}"
    waiting = replace(ASSIGNED, what="waiting", tenant_id="a.c#m*e é", agent_id=None)
    assert waiting.routing_key == "session.waiting.a_c_m_e__.-"


@pytest.mark.parametrize("what", ["released", "deleted"])
def test_a_session_taken_away_is_news_for_who_had_it(what: What) -> None:
    gone = replace(ASSIGNED, what=what, agent_id=None, previous_agent_id=AGENT)
    assert gone.routing_key == f"session.{what}.acme.{AGENT}"
    assert replace(gone, previous_agent_id=None).routing_key == f"session.{what}.acme.-"


@given(events)
def test_a_routing_key_never_leaves_its_alphabet(event: SessionEvent) -> None:
    assert re.fullmatch(rf"session\.{event.what}\.[A-Za-z0-9_-]*\.(-|[0-9a-f-]{{36}})", event.routing_key)
    assert len(event.routing_key) <= 255


@given(events)
def test_an_event_survives_its_journey(event: SessionEvent) -> None:
    assert decode_session_event(encode_session_event(event)) == event


def test_a_subscriber_ignores_what_a_later_worker_adds() -> None:
    wire = json.loads(encode_session_event(ASSIGNED))
    wire |= {"traceparent": "00-1", "data": wire["data"] | {"mood": "fine", "tenant_id": "rival"}}
    assert decode_session_event(json.dumps(wire).encode()) == ASSIGNED


def test_a_subscriber_takes_an_event_of_any_size() -> None:
    large = replace(ASSIGNED, context={"large": "x" * 300_000})
    assert decode_session_event(encode_session_event(large)) == large


def test_another_type_is_unknown() -> None:
    wire = json.loads(encode_session_event(ASSIGNED)) | {"type": "session.assigned.v2"}
    with pytest.raises(UnknownType, match=r"known are session\.assigned\.v1, session\.waiting\.v1"):
        decode_session_event(json.dumps(wire).encode())


@pytest.mark.parametrize("field", [f.name for f in fields(SessionEvent) if f.init])
def test_a_field_of_the_wrong_kind_is_refused(field: str) -> None:
    wire = json.loads(encode_session_event(ASSIGNED))
    name = re.sub("_(.)", lambda m: m[1].upper(), field)
    (wire["data"] if name in wire["data"] else wire)[name if name != "what" else "type"] = [[]]
    with pytest.raises(InvalidEvent):
        decode_session_event(json.dumps(wire).encode())


@given(st.binary())
def test_whatever_the_bytes_only_event_errors_are_raised(body: bytes) -> None:
    with pytest.raises(EventError):
        decode_session_event(body)
