"""What a decision came to, in the words of the audit and of the event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from worker.core.eligibility import Rule
from worker.core.roster import Route
from worker.core.session import Session
from worker.core.transition import Transition

NAMED_AT_MOST = 20
"""Agents named per rule in the audit of one decision; a larger pool's are counted."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a session. `turn` is None when nobody's turn was taken."""

    session: Session
    created: bool
    reason: str
    previous_agent_id: UUID | None
    route: Route
    turn: int | None
    considered: int
    passed_over: Mapping[str, list[str]]
    asked_at: datetime
    decided_at: datetime
    requested_team_id: str | None = None

    @property
    def transition(self) -> Transition:
        """The session's new version."""
        return Transition(
            what="assigned" if self.session.agent_id else "waiting",
            session=self.session,
            reason=self.reason,
            created=self.created,
            previous_agent_id=self.previous_agent_id,
            handover_id=self.session.handover_id,
            requested_team_id=self.requested_team_id if self.route.fallback else None,
            team_fallback=self.route.fallback,
            pool_id=self.route.pool_id,
            turn=self.turn,
            considered=self.considered,
            passed_over=self.passed_over,
            skills=self.session.skills,
            asked_at=self.asked_at,
            decided_at=self.decided_at,
        )


def named(passed_over: Mapping[Rule, list[UUID]]) -> dict[str, list[str]]:
    """Rules and the ids of whom each ruled out, as the audit keeps them."""
    return {
        rule.name: [str(agent_id) for agent_id in agents[:NAMED_AT_MOST]]
        + ([f"and {len(agents) - NAMED_AT_MOST} more"] if len(agents) > NAMED_AT_MOST else [])
        for rule, agents in passed_over.items()
    }
