"""The ids and words an event is known by: text, never a number, and never with a NUL in it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from schemas.contact import normalise_contact_id
from schemas.errors import shown

DEFAULT_CHANNEL = "whatsapp"
MAX_EVENT_ID_BYTES = 255

_NO_NUL = r"^[^\x00]*$"


def _fits_short_string(event_id: str) -> str:
    size = len(event_id.encode())
    if size > MAX_EVENT_ID_BYTES:
        raise ValueError(f"id is {size} bytes of UTF-8, AMQP takes {MAX_EVENT_ID_BYTES}; use a UUID")
    return event_id


def _on_its_channel(contact_id: str, info: ValidationInfo) -> str:
    channel = info.data.get("channel")
    return contact_id if channel is None else normalise_contact_id(contact_id, channel)


def _said(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, words)))


def _uuid(field: str) -> WrapValidator:
    def validated(value: Any, read: ValidatorFunctionWrapHandler) -> UUID:
        try:
            found: UUID = read(value)
        except ValueError as error:
            raise ValueError(f"{field} must be a UUID; got {shown(value)}") from error
        return found

    return WrapValidator(validated)


EventId = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=200, pattern=_NO_NUL),
    AfterValidator(_fits_short_string),
]
TenantId = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=50, pattern=_NO_NUL)
]
Channel = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, max_length=50, pattern=_NO_NUL),
    AfterValidator(lambda channel: channel or DEFAULT_CHANNEL),
]
ContactId = Annotated[
    str, StringConstraints(strict=True, min_length=1, pattern=_NO_NUL), AfterValidator(_on_its_channel)
]
"""Its model must have a `channel` above it, which says how it is normalised."""

Skill = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, pattern=_NO_NUL)]
Skills = Annotated[tuple[Skill, ...], AfterValidator(_said)]
"""Blank ones and repetitions are dropped."""

AgentId = Annotated[UUID, _uuid("agentId")]
SessionId = Annotated[UUID, _uuid("sessionId")]
