"""What was sent, what the broker confirmed, what subscribers heard: what the checker holds the tables against."""

import time
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from schemas import SessionEvent

Kind = Literal["handover", "invalid-json", "invalid-event", "unknown-type", "conflict", "failed"]
"""What a message is meant to become: a handover, or a letter with this reason."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a bot. `id` is the event id of a handover, the letter's id of what must become a letter."""

    id: str
    kind: Kind
    body: bytes
    message_id: str
    content_type: str | None
    tenant_id: str = ""
    contact_id: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A session event as a subscriber got it."""

    event_id: UUID
    session_id: UUID
    version: int
    what: str
    handover_id: str | None
    at: float


@dataclass(slots=True)
class History:
    """Times are seconds of the monotonic clock."""

    attempts: dict[str, Message] = field(default_factory=dict)
    confirmed: dict[str, float] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    announced: dict[str, float] = field(default_factory=dict)
    doubles: int = 0
    nacked: int = 0

    def attempt(self, message: Message) -> None:
        """Somebody is about to publish this, perhaps again."""
        self.doubles += message.id in self.attempts
        self.attempts[message.id] = message

    def confirm(self, message: Message) -> None:
        """The broker has taken it on."""
        self.confirmed.setdefault(message.id, time.monotonic())

    def hear(self, event: SessionEvent) -> None:
        """A subscriber got this."""
        now = time.monotonic()
        self.heard.append(
            Heard(
                event_id=event.event_id,
                session_id=event.session_id,
                version=event.session_version,
                what=event.what,
                handover_id=event.handover_id,
                at=now,
            )
        )
        if event.handover_id is not None:
            self.announced.setdefault(event.handover_id, now)
