"""Dead letters as operators see and treat them: found, judged, replayed, edited, set aside; each act on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

State = Literal["open", "replaying", "replayed", "discarded", "superseded"]
STATES: tuple[State, ...] = get_args(State)
UNSETTLED: tuple[State, ...] = ("open", "replaying")


class NoLetters(Exception):
    """There is no such letter, or none that matches."""


class NotOpen(Exception):
    """The letter is in another state than what was asked for needs."""


class StillRunning(Exception):
    """Another process runs this replay."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters; None is any. `text` is part of the error, whatever its case; times are of the last failure."""

    ids: Sequence[UUID] | None = None
    states: Sequence[State] | None = UNSETTLED
    reasons: Sequence[str] | None = None
    tenant_id: str | None = None
    contact_ids: Sequence[str] | None = None
    fingerprints: Sequence[str] | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As find_letters, group_letters and identify_letters take them."""
        return (
            self.ids,
            self.states,
            self.reasons,
            self.tenant_id,
            self.contact_ids,
            self.fingerprints,
            self.text,
            self.since,
            self.until,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A row of `handover.dead_letters`, whole."""

    id: UUID
    seq: int
    state: State
    queue: str
    exchange: str
    routing_key: str
    properties: Mapping[str, Any]
    body: bytes
    reason: str
    error: str
    fingerprint: str
    tenant_id: str | None
    contact_id: str | None
    event_id: str | None
    attempts: int
    first_at: datetime
    last_at: datetime
    changed_at: datetime
    replay_id: UUID | None
    superseded_by: str | None
