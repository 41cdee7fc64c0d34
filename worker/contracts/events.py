"""JSON Schema of each event and version, made of the models that read and write it."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json

from schemas import HANDOVER_TYPE, AgentEvent, HandoverData, SessionEvent, encode_session_event
from schemas.session import What

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

INBOUND: dict[str, type[BaseModel]] = {
    HANDOVER_TYPE: HandoverData,
    **{kind.type: kind for kind in get_args(AgentEvent)},
}
"""What the worker reads: by type, what its data is."""

OUTBOUND: dict[str, What] = {f"session.{what}.v1": what for what in get_args(What)}
"""What the worker writes."""

TYPES = [*INBOUND, *OUTBOUND]


def event_schema(event_type: str) -> Schema:
    """The structured CloudEvent, complete in itself; its data alone is the one of its `$defs`."""
    name, data = data_schema(event_type)
    return {
        "$schema": DIALECT,
        "$id": f"urn:handover:{event_type}",
        **envelope_schema(event_type, f"#/$defs/{name}"),
        "$defs": {name: data},
    }


def envelope_schema(event_type: str, data_reference: str) -> Schema:
    """What is around the data. CloudEvents wants `id` and `source`; `time` is when the bot, or the agent, did it."""
    ours = event_type in OUTBOUND
    own: Schema = {"subject": _text("The session's id.", format="uuid")} if ours else {}
    return {
        "title": event_type,
        "description": data_schema(event_type)[1]["description"],
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _text(
                "The same again is the same event.",
                minLength=1,
                **({"format": "uuid"} if ours else {"maxLength": 200}),
            ),
            "source": _text("Who says it.", format="uri-reference", minLength=1),
            "type": {"const": event_type},
            "time": _text("When it happened, RFC 3339 with an offset.", format="date-time"),
            "datacontenttype": _text("What `data` is.", examples=["application/json"]),
            **own,
            "data": {"$ref": data_reference},
        },
        "required": ["specversion", "id", "source", "type", *(["time", "subject"] if ours else []), "data"],
        "examples": [_example(event_type)],
    }


def data_schema(event_type: str) -> tuple[str, Schema]:
    """Its name, and the data: what may be sent, or what is sent."""
    if event_type in OUTBOUND:
        return "SessionData", _plain(TypeAdapter(SessionEvent).json_schema(mode="serialization"))
    model = INBOUND[event_type]
    return model.__name__, _nothing_is_null(_plain(model.model_json_schema()))


def _plain(schema: Schema) -> Schema:
    """Without titles that only repeat a name."""
    described = {"description": schema.pop("description").partition("\n\n")[0]}
    del schema["title"]
    for member in schema["properties"].values():
        member.pop("title", None)
    return described | schema


def _nothing_is_null(schema: Schema) -> Schema:
    """Whatever may be left out may be null."""
    for name, member in schema["properties"].items():
        if name not in schema["required"] and "anyOf" not in member:
            about = {key: member.pop(key) for key in ("default", "description", "examples") if key in member}
            schema["properties"][name] = {"anyOf": [dict(member), {"type": "null"}], **about}
    return schema


def _text(description: str, **more: object) -> Schema:
    return {"type": "string", "description": description, **more}


def _example(event_type: str) -> Schema:
    if event_type in OUTBOUND:
        event: Schema = from_json(encode_session_event(_SESSIONS[OUTBOUND[event_type]]))
        return event
    fields = data_schema(event_type)[1]["properties"]
    return {
        "specversion": "1.0",
        "id": "8a23fb8d-d7ed-4de7-ae58-b6704492ea7f",
        "source": "/bots/refunds" if event_type == HANDOVER_TYPE else "/inbox",
        "type": event_type,
        "time": "2026-11-23T16:23:51Z",
        "data": {name: deepcopy(member["examples"][0]) for name, member in fields.items()},
    }


_AMINA, _FARIDA = UUID("a58df52d-345b-43da-8934-61cbd86f666f"), UUID("3ca32412-456e-4efa-a886-edd715976a86")
_THEN = datetime(2026, 11, 23, 16, 23, 51, tzinfo=UTC)


def _session(what: What, status: str, reason: str, **fields: Any) -> SessionEvent:
    defaults: dict[str, Any] = {
        "session_version": 2,
        "agent_id": None,
        "agent_name": None,
        "previous_agent_id": None,
        "created": False,
        "assigned_at": None,
        "waited_ms": 14,
        "handover_id": "8a23fb8d-d7ed-4de7-ae58-b6704492ea7f",
    }
    return SessionEvent(
        what=what,
        status=status,
        reason=reason,
        time=_THEN,
        session_id=UUID("e20aee3a-eee5-4512-b3b7-6774bf03c9fb"),
        tenant_id="acme",
        contact_id="254745050238",
        contact_name="Wanjiku",
        channel="whatsapp",
        team_id=None,
        priority=0,
        context={"intent": "refund"},
        **defaults | fields,
    )


_SESSIONS = {
    "assigned": _session(
        "assigned",
        "assigned",
        "again",
        agent_id=_AMINA,
        agent_name="Amina",
        previous_agent_id=_FARIDA,
        assigned_at=_THEN,
    ),
    "waiting": _session("waiting", "unassigned", "none_online", session_version=1, created=True),
    "released": _session("released", "unassigned", "released", previous_agent_id=_AMINA),
    "resolved": _session(
        "resolved",
        "resolved",
        "operator",
        agent_id=_AMINA,
        agent_name="Amina",
        assigned_at=_THEN,
        handover_id=None,
    ),
    "deleted": _session("deleted", "deleted", "operator", previous_agent_id=_AMINA, handover_id=None),
}
