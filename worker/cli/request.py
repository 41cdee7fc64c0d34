"""A handover to publish, read from a line or from flags."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic_core import from_json, to_json

from schemas import CONTENT_TYPE, Handover, InvalidEvent, InvalidJson, decode_handover, encode_handover

SOURCE = "/handover-cli"


@dataclass(frozen=True, slots=True)
class Request:
    """An event as it goes on the wire: a CloudEvent in structured JSON."""

    id: str
    body: bytes
    time: datetime


def request(handover: Handover) -> Request:
    """The event of a handover; one that does not say when it happened happens now."""
    time = handover.asked_at or datetime.now(UTC)
    timed = handover.model_copy(update={"asked_at": time})
    return Request(handover.event_id, encode_handover(timed, source=SOURCE), time)


def read_request(line: bytes) -> Request:
    """A whole CloudEvent, which stays as it is, or plain data with or without an `id`. Raises schemas.EventError."""
    wire = _object(line)
    if "specversion" in wire:
        event = decode_handover(line, content_type=CONTENT_TYPE, headers={}, message_id=None)
        return Request(event.event_id, line, event.asked_at or datetime.now(UTC))
    return plain_request(wire)


def plain_request(wire: dict[str, Any]) -> Request:
    """The event of data as it is on the wire; an `id` among it is the event's, else one is made up."""
    event_id = wire.get("id")
    if not isinstance(event_id, str | None):
        raise InvalidEvent("id must be a string")
    body = to_json({name: value for name, value in wire.items() if name != "id"})
    return request(decode_handover(body, content_type=None, headers={}, message_id=event_id or str(uuid4())))


def _object(line: bytes) -> dict[str, Any]:
    try:
        wire = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidJson(f"not UTF-8 JSON: {error}") from error
    if not isinstance(wire, dict):
        raise InvalidEvent("not a JSON object")
    return wire
