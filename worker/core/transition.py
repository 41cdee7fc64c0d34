"""One new version of a session, whoever made it: what its event says and the audit keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.session import What
from worker.core.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """`session` is as it is now, or was last. No `actor` is the worker, no `handover_id` an operator."""

    what: What
    session: Session
    reason: str
    asked_at: datetime
    decided_at: datetime
    previous_agent_id: UUID | None = None
    created: bool = False
    handover_id: str | None = None
    requested_team_id: str | None = None
    team_fallback: str | None = None
    pool_id: UUID | None = None
    turn: int | None = None
    considered: int = 0
    passed_over: Mapping[str, list[str]] = field(default_factory=dict)
    skills: Sequence[str] = ()
    actor: str | None = None

    @property
    def status(self) -> str:
        """What the event calls it: the status column, or `deleted` when there is no row any more."""
        return self.what if self.what in ("resolved", "deleted") else self.session.status
