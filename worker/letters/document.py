"""A letter's message as an event: a structured CloudEvent that can be edited, exported, published."""

from datetime import datetime
from typing import Any

from pydantic_core import to_json

from schemas import CONTENT_TYPE, HANDOVER_TYPE, EventError, Handover, decode_handover
from schemas.envelope import event_data, header_attributes, instant, json_object, media_type, open_structured
from worker.letters import Letter

SOURCE = "/handover-dead-letters"
"""Who speaks in an event whose sender did not say who it is."""

Document = dict[str, Any]


def event_of(letter: Letter) -> Document:
    """The event, as much of it as there is. Raises InvalidJson, InvalidEvent when the body is no JSON object."""
    properties = letter.properties
    content = json_object(letter.body, "the body")
    time = timestamp(letter)
    when = {"time": time.isoformat()} if time else {}
    if "specversion" in content or media_type(properties.get("content_type")) == CONTENT_TYPE:
        return {**when, **_with_plain_data(letter.body, content)}
    return {
        "specversion": "1.0",
        "type": HANDOVER_TYPE,
        "source": SOURCE,
        **({"id": properties["message_id"]} if properties.get("message_id") else {}),
        **when,
        **header_attributes(properties.get("headers") or {}),
        "datacontenttype": "application/json",
        "data": content,
    }


def event_of_body(body: bytes) -> Document:
    """What somebody wrote instead: a whole event, or its data. Raises as `event_of` does."""
    content = json_object(body, "the body")
    if "specversion" in content:
        return content
    return {"specversion": "1.0", "type": HANDOVER_TYPE, "source": SOURCE, "data": content}


def line_of(letter: Letter) -> str:
    """The event on one line, such that publishing it is this handover again. Raises EventError when it is none."""
    line = to_json(event_of(letter))
    handover_in(line)
    return line.decode()


def handover_in(body: bytes) -> Handover:
    """The handover a structured event holds. Raises EventError."""
    return decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None)


def timestamp(letter: Letter) -> datetime | None:
    """When AMQP says the message was made; letters keep that as text, in UTC."""
    return instant(letter.properties.get("timestamp"))


def _with_plain_data(body: bytes, content: Document) -> Document:
    if "data" in content or "data_base64" not in content:
        return content
    try:
        data = event_data(open_structured(body))
    except EventError:
        return content
    return {**{name: value for name, value in content.items() if name != "data_base64"}, "data": data}
