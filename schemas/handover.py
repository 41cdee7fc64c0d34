"""A bot gives up on a conversation: the event `handover.requested.v1`, and how it is read and written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from schemas.envelope import event_data, instant, open_envelope, seal
from schemas.errors import InvalidEvent, UnknownType, refusal, shown
from schemas.ids import DEFAULT_CHANNEL, Channel, ContactId, EventId, Skills, TenantId
from schemas.text import free_text, storable_context
from schemas.trace import traceparent

HANDOVER_TYPE = "handover.requested.v1"
MAX_TEXT = 100

_INT32 = 2**31


def _free_text(value: object) -> str | None:
    return free_text(value, MAX_TEXT)


class HandoverData(BaseModel):
    """What a bot says when it gives up. Unknown fields are ignored; null is the same as nothing."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    tenant_id: TenantId = Field(
        description="Whose customer it is. Outer white space is dropped.", examples=["acme"]
    )
    channel: Channel = Field(
        DEFAULT_CHANNEL,
        description="Where the conversation runs. On whatsapp, sms and voice a customer is a phone number.",
        examples=["whatsapp", "webchat"],
    )
    contact_id: ContactId = Field(
        description="Who the customer is there. A phone number is reduced to its digits, no country guessed;"
        " any other id loses outer white space. At most 100 characters are left then.",
        examples=["+254 745 050 238", "visitor-81f3"],
    )
    contact_name: Annotated[str | None, BeforeValidator(_free_text)] = Field(
        None,
        description=f"What to call the customer; cut to {MAX_TEXT} characters.",
        examples=["Wanjiku"],
    )
    team_id: Annotated[str | None, BeforeValidator(_free_text)] = Field(
        None,
        description="The team to ask. Unknown or inactive, it falls back to the tenant's default pool.",
        examples=["0b7f6a52-8f0e-4a39-9a55-1c1f0f6d2c11"],
    )
    skills: Skills = Field(
        (), description="What the agent must know, all of it.", examples=[["swahili", "billing"]]
    )
    priority: Annotated[int, Field(strict=True, ge=-_INT32, lt=_INT32)] = Field(
        0, description="Of those who wait, the highest goes first.", examples=[0, 10]
    )
    context: Annotated[dict[str, Any], AfterValidator(storable_context)] | None = Field(
        None,
        description="Anything the agent should see; at most 64 KiB of JSON.",
        examples=[{"intent": "refund", "order": "A-1009"}],
    )


class Handover(HandoverData):
    """A handover as the worker acts on it: the data, with the identity and time that came around it."""

    event_id: EventId = Field(alias="id", description="Its identity within the tenant: a retry repeats it.")
    asked_at: Annotated[datetime | None, BeforeValidator(instant)] = Field(
        None, alias="time", description="When the bot gave up, in UTC; None when it did not say."
    )
    traceparent: str | None = Field(None, description="The trace it belongs to, by its AMQP header.")


def decode_handover(
    body: bytes,
    *,
    content_type: str | None,
    headers: Mapping[str, Any],
    message_id: str | None,
    timestamp: datetime | None = None,
) -> Handover:
    """Read a handover out of an AMQP delivery. Raises only EventError, whatever the delivery holds."""
    envelope = open_envelope(body, content_type=content_type, headers=headers, message_id=message_id)
    if envelope.type is None and envelope.id is None:
        raise InvalidEvent("the event has no id; set AMQP message_id, or send a CloudEvent")
    if envelope.type not in (HANDOVER_TYPE, None):
        raise UnknownType(f"type {shown(envelope.type)} is unknown; publish {HANDOVER_TYPE!r}")
    wire = _with_former_names(event_data(envelope))
    wire |= {
        "id": envelope.id,
        "time": instant(envelope.time) or timestamp,
        "traceparent": traceparent(headers),
    }
    present = {name: value for name, value in wire.items() if value is not None}
    try:
        return Handover.model_validate(present, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidEvent(refusal(error)) from error


def encode_handover(handover: Handover, *, source: str) -> bytes:
    """Structured CloudEvents JSON, to publish with content type `application/cloudevents+json`.

    `source` is a URI reference that says which bot speaks, such as `/bots/refunds`.
    """
    data = handover.model_dump(
        by_alias=True, exclude={"event_id", "asked_at", "traceparent"}, exclude_none=True
    )
    return seal(
        event_type=HANDOVER_TYPE, event_id=handover.event_id, source=source, time=handover.asked_at, data=data
    )


def _with_former_names(data: dict[str, Any]) -> dict[str, Any]:
    """The data with `name` as contactName, and `issue` and `account` in the context, unless they are set."""
    if data.keys().isdisjoint(("name", "issue", "account")):
        return data
    moved = {key: data[key] for key in ("issue", "account") if data.get(key) is not None}
    context = data.get("context")
    if moved and (context is None or isinstance(context, dict)):
        context = {**moved, **(context or {})}
    return {
        **data,
        "contactName": _free_text(data.get("contactName")) or data.get("name"),
        "context": context,
    }
