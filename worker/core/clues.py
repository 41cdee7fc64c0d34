"""Whose message it was, as far as that can be told of one that is refused: what operators look for letters by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas import EventError, normalise_contact_id
from schemas.envelope import event_data, json_object, open_envelope
from schemas.ids import DEFAULT_CHANNEL, EventId, TenantId

_tenant_id = TypeAdapter[str](TenantId)
_event_id = TypeAdapter[str](EventId)


@dataclass(frozen=True, slots=True)
class Clues:
    """What could be told; None what could not."""

    tenant_id: str | None = None
    contact_id: str | None = None
    event_id: str | None = None


def clues(
    body: bytes, *, content_type: str | None, headers: Mapping[str, Any], message_id: str | None
) -> Clues:
    """Whose it is, of a body that may hold anything."""
    try:
        envelope = open_envelope(
            body,
            content_type=content_type,
            headers=headers,
            message_id=message_id or "?",
        )
        data = event_data(envelope)
    except EventError:
        return _of_data(_object(body), _valid(_event_id, message_id))
    return _of_data(data, _valid(_event_id, message_id if envelope.id == "?" else envelope.id))


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json_object(body, "the body")
    except EventError:
        return {}
    inner = content.get("data")
    return inner if isinstance(inner, dict) else content


def _of_data(data: Mapping[str, Any], event_id: str | None) -> Clues:
    channel = data.get("channel")
    return Clues(
        tenant_id=_valid(_tenant_id, data.get("tenantId")),
        contact_id=_contact(data.get("contactId"), channel if isinstance(channel, str) else DEFAULT_CHANNEL),
        event_id=event_id,
    )


def _contact(contact_id: object, channel: str) -> str | None:
    if not isinstance(contact_id, str) or "\0" in contact_id:
        return None
    try:
        return normalise_contact_id(contact_id, channel)
    except EventError:
        return None


def _valid(kind: TypeAdapter[str], value: object) -> str | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
