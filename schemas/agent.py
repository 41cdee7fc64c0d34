"""What agents do, told by events: they come and go, they are there, they accept a session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_args
from uuid import uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from schemas.envelope import Envelope, event_data, instant, open_envelope, seal
from schemas.errors import InvalidEvent, UnknownType, refusal, shown
from schemas.ids import AgentId, EventId, SessionId, TenantId
from schemas.text import free_text

MAX_REASON = 100


def _reason(value: object) -> str | None:
    return free_text(value, MAX_REASON)


class _OfAnAgent(BaseModel):
    """Who it is about, and when it was. Unknown fields are ignored; null is the same as nothing."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )
    type: ClassVar[str]

    event_id: Annotated[SkipJsonSchema[EventId | None], Field(alias="id")] = None
    tenant_id: TenantId = Field(description="Whose agent it is.", examples=["acme"])
    agent_id: AgentId = Field(
        description="The agent's id on the roster.", examples=["6f1c9a52-8f0e-4a39-9a55-1c1f0f6d2c11"]
    )
    at: Annotated[datetime | None, BeforeValidator(instant)] = Field(
        None,
        alias="time",
        description="When it happened, RFC 3339 with an offset; else the CloudEvent's time, else the AMQP"
        " timestamp, else when the worker reads it.",
        examples=["2026-11-23T13:00:00+03:00"],
    )


class StatusChanged(_OfAnAgent):
    """An agent's status is this now, unless a later event has said otherwise."""

    type = "agent.status_changed.v1"

    status: Literal["online", "busy", "offline"] = Field(
        description="Only who is online gets sessions.", examples=["online"]
    )
    reason: Annotated[str | None, BeforeValidator(_reason)] = Field(
        None, description=f"Why, for people; cut to {MAX_REASON} characters.", examples=["lunch"]
    )


class Heartbeat(_OfAnAgent):
    """An agent is there."""

    type = "agent.heartbeat.v1"


class Acceptance(_OfAnAgent):
    """An agent has begun with a session that was assigned to them."""

    type = "session.accept.v1"

    session_id: SessionId = Field(
        description="The session accepted.", examples=["0b7f6a52-8f0e-4a39-9a55-1c1f0f6d2c11"]
    )


AgentEvent = StatusChanged | Heartbeat | Acceptance

_KINDS: dict[str, type[AgentEvent]] = {kind.type: kind for kind in get_args(AgentEvent)}
_BY_NAME = {name: kind for full, kind in _KINDS.items() for name in (full, full.removesuffix(".v1"))}
_PUBLISH = f"publish {' or '.join(map(repr, _KINDS))}"


def decode_agent_event(
    body: bytes,
    *,
    content_type: str | None,
    headers: Mapping[str, Any],
    message_id: str | None,
    type: str | None = None,  # noqa: A002 - the AMQP property is called so
    routing_key: str = "",
    timestamp: datetime | None = None,
) -> AgentEvent:
    """Read an agent's event out of an AMQP delivery. Raises only EventError, whatever the delivery holds.

    Plain JSON is what the AMQP type says, else the routing key; where neither says it, a status tells.
    """
    envelope = open_envelope(body, content_type=content_type, headers=headers, message_id=message_id)
    kind = _plain_kind(envelope, type, routing_key) if envelope.type is None else _KINDS.get(envelope.type)
    if kind is None:
        raise UnknownType(f"type {shown(envelope.type or type or routing_key)} is unknown; {_PUBLISH}")
    wire = event_data(envelope)
    time = instant(wire.get("time")) or instant(envelope.time) or timestamp
    present = {
        name: value for name, value in (wire | {"id": envelope.id, "time": time}).items() if value is not None
    }
    try:
        return kind.model_validate(present, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidEvent(refusal(error)) from error


def encode_agent_event(event: AgentEvent, *, source: str) -> bytes:
    """Structured CloudEvents JSON, to publish with content type `application/cloudevents+json`.

    `source` is a URI reference that says who tells, such as `/inbox`. An event without an id gets one.
    """
    data = event.model_dump(by_alias=True, exclude={"event_id", "at"}, exclude_none=True)
    return seal(
        event_type=event.type, event_id=event.event_id or uuid4(), source=source, time=event.at, data=data
    )


def _plain_kind(envelope: Envelope, amqp_type: str | None, routing_key: str) -> type[AgentEvent] | None:
    if amqp_type:
        return _BY_NAME.get(amqp_type)
    named = next((_BY_NAME[name] for name in _BY_NAME if f"{routing_key}.".startswith(f"{name}.")), None)
    return named or (StatusChanged if "status" in event_data(envelope) else None)
