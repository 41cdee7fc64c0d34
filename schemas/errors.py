"""Why an event cannot be used. The reasons are the ones dead letters carry; the texts are for an operator."""

from typing import ClassVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

MAX_ECHO = 80


class EventError(ValueError):
    """An event nobody could act on; `reason` is its dead letter's reason, the text one line to act on."""

    reason: ClassVar[str]


class InvalidJson(EventError):
    reason = "invalid-json"


class InvalidEvent(EventError):
    reason = "invalid-event"


class UnknownType(EventError):
    reason = "unknown-type"


def shown(value: object) -> str:
    """The value as an error may show it: a string quoted, on one line and cut short; else only its kind."""
    if isinstance(value, str):
        text = repr(value[:MAX_ECHO])
        return text if len(text) <= MAX_ECHO else f"{text[: MAX_ECHO - 1]}…"
    return _kind(value)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return f"a {type(value).__name__}"


def refusal(error: ValidationError) -> str:
    """The first thing wrong, as one sentence that names the field as the wire calls it."""
    first, *others = error.errors(include_url=False)
    return _sentence(first) + (f" (and {len(others)} more)" if others else "")


def _sentence(detail: ErrorDetails) -> str:
    field = ".".join(map(str, detail["loc"]))
    match detail["type"]:
        case "value_error":
            return str(detail["ctx"]["error"])
        case "missing":
            return f"{field} is missing; it is required"
        case "string_pattern_mismatch":
            return f"{field} holds a NUL character, which no id may; got {shown(detail['input'])}"
        case _:
            return f"{field}: {detail['msg'][:1].lower()}{detail['msg'][1:]}; got {shown(detail['input'])}"
