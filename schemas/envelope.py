"""CloudEvents 1.0 over AMQP: structured JSON, binary mode, or plain JSON, which AMQP properties name."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from schemas.errors import InvalidEvent, InvalidJson, shown

CONTENT_TYPE = "application/cloudevents+json"
MAX_BODY_BYTES = 256 * 1024

_HEADER_PREFIX = re.compile(r"ce-|cloudevents[:_]", re.IGNORECASE | re.ASCII)
_BOM = b"\xef\xbb\xbf"


class Envelope(NamedTuple):
    """What came around the data. Only `type` is checked yet; `data` in bytes is JSON still to be read.

    Plain JSON has no type; its id is the AMQP message id.
    """

    type: str | None
    id: object
    time: object
    data: object


def open_envelope(
    body: bytes,
    *,
    content_type: str | None,
    headers: Mapping[str, Any],
    message_id: str | None,
) -> Envelope:
    """The event in a delivery, whichever of the three ways it came.

    The content type decides, then the headers, then whether the body has a `specversion`.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidEvent(f"the body is {len(body)} bytes, over {MAX_BODY_BYTES}; send a link to the rest")
    if media_type(content_type) == CONTENT_TYPE:
        return open_structured(body)
    attributes = header_attributes(headers)
    if not attributes.keys().isdisjoint(("specversion", "id", "type")):
        return _envelope(attributes, body)
    content = json_object(body, "the body")
    if "specversion" in content:
        return _structured(content)
    return Envelope(None, message_id or None, None, content)


def open_structured(body: bytes) -> Envelope:
    return _structured(json_object(body, "the body"))


def event_data(envelope: Envelope) -> dict[str, Any]:
    if isinstance(envelope.data, bytes):
        return json_object(envelope.data, "data")
    if not isinstance(envelope.data, dict):
        raise InvalidEvent(f"data must be a JSON object; got {shown(envelope.data)}")
    return envelope.data


def seal(
    *, event_type: str, event_id: str | UUID, source: str, time: datetime | None, **rest: object
) -> bytes:
    """Structured CloudEvents JSON; `rest` is `subject`, where there is one, and `data`."""
    attributes = {"specversion": "1.0", "id": event_id, "source": source, "type": event_type}
    when = {} if time is None else {"time": time}
    return to_json({**attributes, **when, "datacontenttype": "application/json", **rest})


def json_object(body: bytes, what: str) -> dict[str, Any]:
    try:
        value = from_json(body.removeprefix(_BOM), allow_inf_nan=False)
    except ValueError as error:
        raise InvalidJson(f"{what} is not UTF-8 JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidEvent(f"{what} must be a JSON object; got {shown(value)}")
    return value


def instant(value: object) -> datetime | None:
    """An RFC 3339 time, or a datetime, in UTC; None for all else: a time without an offset is not one."""
    try:
        time = datetime.fromisoformat(value.upper()) if isinstance(value, str) else value
        return time.astimezone(UTC) if isinstance(time, datetime) and time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _structured(attributes: dict[str, Any]) -> Envelope:
    data = attributes.get("data")
    encoded = attributes.get("data_base64")
    return _envelope(attributes, data if encoded is None or data is not None else _from_base64(encoded))


def _from_base64(encoded: object) -> bytes:
    if not isinstance(encoded, str):
        raise InvalidEvent(f"data_base64 must be a string; got {shown(encoded)}")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidEvent(f"data_base64 is not base64; got {shown(encoded)}") from error


def _envelope(attributes: Mapping[str, Any], data: object) -> Envelope:
    version, event_type = attributes.get("specversion"), attributes.get("type")
    if not isinstance(version, str) or not version.startswith("1."):
        raise InvalidEvent(f"specversion must be '1.0', as in CloudEvents 1.0; got {shown(version)}")
    if not isinstance(event_type, str):
        raise InvalidEvent(f"type must be a string; got {shown(event_type)}")
    return Envelope(event_type, attributes.get("id"), attributes.get("time"), data)


def header_attributes(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudEvents attributes among AMQP headers: lower case, without their prefix, bytes as text."""
    attributes = {}
    for header, value in headers.items():
        if prefix := _HEADER_PREFIX.match(header):
            attributes[header[prefix.end() :].lower()] = _text(header, value)
    return attributes


def _text(header: str, value: object) -> object:
    if not isinstance(value, bytes | bytearray):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InvalidEvent(f"header {shown(header)} is not UTF-8; send it as a UTF-8 string") from error


def media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
