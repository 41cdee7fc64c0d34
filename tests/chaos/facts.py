"""What is known once everything has healed: what bots and subscribers remember, and what the servers hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attempted:
    """A message that was published at least once; `seconds` until it was announced, None if it was not."""

    kind: str
    contact: tuple[str, str] = ("", "")
    confirmed: bool = True
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A row of the audit. `pool` and `turn` are None where nobody got a turn."""

    session_id: UUID
    version: int
    event_id: str | None
    what: str
    reason: str
    tenant_id: str = ""
    agent_id: UUID | None = None
    pool: UUID | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter."""

    id: str
    reason: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long after a fault had healed a new handover was announced; None is never."""

    fault: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`heard` are session and version of each session event received, in order of arrival, duplicates too.

    `steady` are, by pool, the agents who were eligible all the time. `queued` are ids of messages left in the queues.
    `grown` is what did not stay small.
    """

    attempts: Mapping[str, Attempted]
    handled: Mapping[str, tuple[str, str]]
    letters: Sequence[Letter] = ()
    queued: Sequence[str] = ()
    decided: Sequence[Decided] = ()
    heard: Sequence[tuple[UUID, int]] = ()
    outbox: int = 0
    doubled: Sequence[str] = ()
    over_cap: Sequence[str] = ()
    steady: Mapping[tuple[str, UUID], Sequence[UUID]] = field(default_factory=dict)
    recoveries: Sequence[Recovery] = ()
    surprises: Sequence[str] = ()
    grown: Sequence[str] = ()
