"""What is known of one contact: rows as the database has them, and who could take its session now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from worker.core.eligibility import RULES, Wanted, passed_over_by
from worker.core.rotation import Rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A row of `inbox_sessions`; in JSON under its columns' own names."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    id: UUID
    tenant_id: str
    contact_id: str
    contact_name: str | None
    status: str
    channel: str
    assigned_agent_id: UUID | None
    assigned_at: datetime | None
    accepted_at: datetime | None
    assigned_team_id: UUID | None
    priority: int
    context: Any
    last_message_at: datetime | None
    created_at: datetime
    updated_at: datetime
    agent_name: Annotated[SkipJsonSchema[str | None], Field(exclude=True)] = None

    @property
    def assignee(self) -> str:
        """Who has it, or had it."""
        if self.assigned_agent_id is None:
            return "nobody, as its row names no agent,"
        return self.agent_name or f"agent {self.assigned_agent_id}, who is not on the roster,"


@dataclass(frozen=True, slots=True)
class Named:
    """An agent; no name is on the roster any more when it is None."""

    id: UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The agents one rule ruled out, and in plain words why; `more` are not named."""

    rule: str
    why: str
    agents: Sequence[Named]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A row of `handover.assignments`, with names."""

    session_id: UUID
    version: int
    event_id: Annotated[str | None, Field(description="The handover, or the latest before it.")]
    what: Annotated[str, Field(description="assigned, waiting, released, resolved or deleted.")]
    reason: Annotated[str, Field(description="The events' reason.")]
    actor: Annotated[str | None, Field(description="The operator; null is the worker.")]
    agent_id: UUID | None
    agent_name: str | None
    previous_agent_id: UUID | None
    previous_agent_name: str | None
    team_id: Annotated[UUID | None, Field(description="Whose pool was asked; null is all of the tenant.")]
    team_name: str | None
    requested_team_id: Annotated[str | None, Field(description="What was asked for, if it was unusable.")]
    team_fallback: Annotated[str | None, Field(description="Why it was: unknown or inactive.")]
    turn: int | None
    considered: int
    passed_over: Sequence[PassedOver]
    skills: Sequence[str]
    asked_at: datetime
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter of the contact; one that was not readable only mentions it."""

    id: UUID
    reason: str
    error: str
    state: Annotated[str, Field(description="open, replaying, or settled: replayed, discarded, superseded.")]
    attempts: int
    event_id: str | None
    first_at: datetime
    last_at: datetime
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unannounced:
    """An event in the outbox that no broker has confirmed; `in_hand` of a worker, or of none."""

    id: UUID
    session_id: UUID
    version: int
    type: str
    created_at: datetime
    in_hand: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent of the pool that would be asked now; `passed_over` is the rule that rules them out, if any."""

    id: UUID
    name: str
    passed_over: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Who would be asked now for the open session, in the order of their turns; no team is all of the tenant."""

    team_id: UUID | None
    team_name: str | None
    agents: Sequence[Candidate]
    shut: Annotated[str | None, Field(description="Why nobody is asked at all: manual or team_closed.")] = (
        None
    )
    accept_seconds: Annotated[int | None, Field(description="Until it goes to the next, not accepted.")] = (
        None
    )
    too_old: Annotated[bool, Field(description="Whether workers leave it to people by now.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of one contact; lists have the newest first but `unannounced`, the oldest."""

    tenant_id: str
    contact_id: str
    sentence: Annotated[str, Field(description="Why it is where it is, and what would change it.")]
    tenant_known: bool
    looking: Annotated[Named | None, Field(description="The agent given as --agent.")]
    sessions: Sequence[SessionRow]
    pool: Annotated[Pool | None, Field(description="Null without an open session.")]
    decisions: Sequence[PastDecision]
    dead_letters: Sequence[Letter]
    unannounced: Sequence[Unannounced]

    @property
    def active(self) -> SessionRow | None:
        """The open session."""
        return next((row for row in self.sessions if row.status != "resolved"), None)

    @property
    def open_letters(self) -> list[Letter]:
        """The dead letters nobody has settled."""
        return [letter for letter in self.dead_letters if letter.state in ("open", "replaying")]

    def last_of(self, session: SessionRow | None) -> PastDecision | None:
        """The latest decision about a session."""
        versions = [each for each in self.decisions if session and each.session_id == session.id]
        return max(versions, key=lambda each: each.version, default=None)


def candidates(pool: Rotation, wanted: Wanted) -> list[Candidate]:
    """Every agent of the pool, in the order of their turns."""
    rules = [(agent, passed_over_by(agent, wanted)) for agent in pool]
    return [
        Candidate(agent.id, agent.name, rule.name if rule else None, rule.words if rule else None)
        for agent, rule in rules
    ]


def passed_over(audited: Mapping[str, Iterable[str]], names: Mapping[UUID, str]) -> list[PassedOver]:
    """The audit's record of who was passed over, in words; it names some agents by id and counts the others."""
    words = {rule.name: rule.words for rule in RULES}
    found = []
    for rule, entries in audited.items():
        ids = [UUID(entry) for entry in entries if not entry.startswith("and ")]
        more = sum(int(entry.split()[1]) for entry in entries if entry.startswith("and "))
        agents = [Named(agent_id, names.get(agent_id)) for agent_id in ids]
        found.append(PassedOver(rule, words.get(rule, rule), agents, more))
    return found


def audited_ids(audited: Mapping[str, Iterable[str]]) -> list[UUID]:
    """The agents the audit names."""
    return [UUID(entry) for entries in audited.values() for entry in entries if not entry.startswith("and ")]
