"""What the commands print as JSON: one of these a line. Names and meanings are stable; new fields may come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from worker.core.replaying import Verdict
from worker.letters import State

Action = Literal["replay", "edit", "discard", "restore", "purge"]
Outcome = Literal["replayed", "failed", "broken", "handled", "superseded", "not_sent", "not_open", "unknown"]


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A line of `list`."""

    id: UUID
    state: State
    reason: str
    error: Annotated[str, Field(description="One sentence that says which value, which rule, what next.")]
    fingerprint: Annotated[str, Field(description="What letters of one cause share.")]
    tenant_id: Annotated[str | None, Field(description="null when the message does not tell")]
    contact_id: str | None
    event_id: str | None
    attempts: Annotated[int, Field(description="Deliveries that ended as this letter.")]
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """A line of `groups`: letters of one cause."""

    fingerprint: str
    reason: str
    error: Annotated[str, Field(description="Of the example.")]
    count: int
    first_at: datetime
    last_at: datetime
    tenants: tuple[str, ...]
    example: Annotated[UUID, Field(description="The newest letter of the group.")]


@dataclass(frozen=True, slots=True)
class Body:
    """A body: `json` when it is JSON, else `text` when it is UTF-8, else `base64`; `content` accordingly."""

    encoding: Literal["json", "text", "base64"]
    content: Any


@dataclass(frozen=True, slots=True)
class Today:
    """What `replay` would do now, and why."""

    verdict: Verdict
    detail: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """An action a letter was in, and what became of it there."""

    replay_id: UUID
    action: Action
    actor: str
    at: datetime
    outcome: str
    detail: str | None
    event_id: str | None
    attempts_before: int
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """The line of `show`, and with `body` in base64 always a line of `export --raw`."""

    id: UUID
    state: State
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
    queue: str
    exchange: str
    routing_key: str
    properties: Mapping[str, Any]
    body: Body
    today: Today
    superseded_by: str | None
    history: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class RawLetter:
    """A line of `export --raw`: a letter byte for byte."""

    id: UUID
    state: State
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
    queue: str
    exchange: str
    routing_key: str
    properties: Mapping[str, Any]
    body_base64: str


@dataclass(frozen=True, slots=True)
class Would:
    """Of how many letters a replay would make what."""

    replay: int = 0
    broken: int = 0
    handled: int = 0
    superseded: int = 0


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """A line of `replay --dry-run`. With --force all are sent that can be, whatever `would` says of them."""

    fingerprint: str
    reason: str
    error: str
    count: int
    sent: Annotated[int, Field(description="How many of them would be sent.")]
    would: Would
    detail: Annotated[str | None, Field(description="Why the first of those is not sent that would not be.")]


@dataclass(frozen=True, slots=True)
class ReplayedLetter:
    """A line of `replay` and `edit`, as soon as the outcome is known.

    `replayed` means handled. `unknown` was sent, and nothing was heard of it yet: `replay --resume` looks again.
    """

    replay_id: UUID
    letter_id: UUID
    event_id: Annotated[str | None, Field(description="Of what was sent: an edited copy has its own.")]
    tenant_id: str | None
    contact_id: str | None
    fingerprint: str
    outcome: Outcome
    detail: str | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """The line of `discard`, `restore` and `purge`. `id` is null when nothing was done."""

    id: UUID | None
    action: Action
    letters: Annotated[int, Field(description="How many it was, or would be, done to.")]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of `history`: an action, whose, on which letters, and how many came to what."""

    id: UUID
    action: Action
    actor: str
    filter: Mapping[str, Any]
    options: Mapping[str, Any]
    state: Literal["running", "done", "stopped"]
    stopped_by: str | None
    resumed: tuple[Mapping[str, Any], ...]
    started_at: datetime
    ended_at: datetime | None
    letters: Mapping[str, int]
