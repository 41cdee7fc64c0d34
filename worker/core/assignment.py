"""The decision: which agent gets the session of a handover, and what that changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas import Handover
from worker.core.eligibility import Rule, Wanted, passed_over_by, waiting_reason
from worker.core.roster import Agent, Route, Team, choose_route
from worker.core.rotation import Rotation
from worker.core.session import Session, again, opened
from worker.core.transition import Transition

Reassign = Literal["rotate", "keep"]

NAMED_AT_MOST = 20
"""Agents named per rule in the audit of one decision; a larger pool's are counted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The agent whose turn it is, if anyone's, and who was passed over on the way."""

    agent: Agent | None
    passed_over: Mapping[Rule, list[UUID]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one handover changes. `turn` is None when nobody's turn was taken."""

    handover: Handover
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

    @property
    def transition(self) -> Transition:
        """The session's new version."""
        return Transition(
            what="assigned" if self.session.agent_id else "waiting",
            session=self.session,
            reason=self.reason,
            created=self.created,
            previous_agent_id=self.previous_agent_id,
            handover_id=self.handover.event_id,
            requested_team_id=self.handover.team_id if self.route.fallback else None,
            team_fallback=self.route.fallback,
            pool_id=self.route.pool_id,
            turn=self.turn,
            considered=self.considered,
            passed_over=self.passed_over,
            skills=self.handover.skills,
            asked_at=self.asked_at,
            decided_at=self.decided_at,
        )


class Desk:
    """One tenant inside one transaction; each decision sees what the ones before it changed.

    `sessions` are by contact id, `teams` are the tenant's own, `pools` hold every route the handovers can
    take (see `pools_needed`); `turn` is the last turn given so far; `open_sessions` counts those of agents
    with a limit.
    """

    def __init__(
        self,
        *,
        teams: Mapping[UUID, Team],
        sessions: Mapping[str, Session],
        pools: Mapping[UUID, Rotation],
        open_sessions: Mapping[UUID, int],
        turn: int,
        now: datetime,
        reassign: Reassign,
    ) -> None:
        self._teams = teams
        self._sessions = dict(sessions)
        self._pools = pools
        self._open = defaultdict(int, open_sessions)
        self._turn = turn
        self._now = now
        self._reassign = reassign

    def decide(self, handover: Handover, new_id: UUID) -> Decision:
        """Assign the contact's session; `new_id` is its id if the contact has none open."""
        found = self._sessions.get(handover.contact_id)
        before = again(found, handover) if found else opened(new_id, handover)
        route = choose_route(handover.team_id, before.team_id, self._teams)
        pool = self._pools[route.pool_id]
        asked_at = before.waiting_since or min(handover.asked_at or self._now, self._now)

        # A session does not stand in its own way: its place counts as free while it is given out.
        self._release(before.agent_id)
        choice = self._choose(pool, before, handover)
        after = self._assigned(before, choice.agent, route) if choice.agent else before
        self._occupy(after.agent_id)
        turn = self._take_turn(pool, choice.agent, before)

        if after.agent_id is None:
            after = replace(after, waiting_since=asked_at, team_id=route.team_id)
        after = replace(after, version=before.version + 1)
        self._sessions[handover.contact_id] = after
        return Decision(
            handover=handover,
            session=after,
            created=found is None,
            reason=_reason(choice, after, created=found is None),
            previous_agent_id=before.agent_id,
            route=route,
            turn=turn,
            considered=len(pool),
            passed_over=_named(choice.passed_over),
            asked_at=asked_at,
            decided_at=self._now,
        )

    def _choose(self, pool: Rotation, session: Session, handover: Handover) -> Choice:
        wanted = Wanted(frozenset(handover.skills), self._open)
        holder = pool.get(session.agent_id)
        if self._reassign == "keep" and holder and passed_over_by(holder, wanted) is None:
            return Choice(holder, {})
        passed_over: dict[Rule, list[UUID]] = {}
        for agent in pool:
            rule = passed_over_by(agent, wanted)
            if rule is None:
                return Choice(agent, passed_over)
            passed_over.setdefault(rule, []).append(agent.id)
        return Choice(None, passed_over)

    def _assigned(self, session: Session, agent: Agent, route: Route) -> Session:
        changed = session.agent_id != agent.id
        return replace(
            session,
            agent_id=agent.id,
            agent_name=agent.name,
            assigned_at=self._now if changed else session.assigned_at,
            accepted_at=None if changed else session.accepted_at,
            team_id=route.team_id,
            waiting_since=None,
        )

    def _take_turn(self, pool: Rotation, agent: Agent | None, before: Session) -> int | None:
        if agent is None or (self._reassign == "keep" and agent.id == before.agent_id):
            return None
        pool.take_turn(agent)
        self._turn += 1
        return self._turn

    def _release(self, agent_id: UUID | None) -> None:
        if agent_id:
            self._open[agent_id] -= 1

    def _occupy(self, agent_id: UUID | None) -> None:
        if agent_id:
            self._open[agent_id] += 1


def pools_needed(
    handovers: Iterable[Handover], sessions: Mapping[str, Session], teams: Mapping[UUID, Team]
) -> set[UUID]:
    """Every pool that deciding these handovers of one tenant, in any order, can ask for."""
    teams_before = {contact_id: session.team_id for contact_id, session in sessions.items()}
    return {
        choose_route(handover.team_id, teams_before.get(handover.contact_id), teams).pool_id
        for handover in handovers
    }


def _reason(choice: Choice, session: Session, *, created: bool) -> str:
    if session.agent_id is None:
        return waiting_reason(choice.passed_over)
    return "new" if created else "again"


def _named(passed_over: Mapping[Rule, list[UUID]]) -> dict[str, list[str]]:
    return {
        rule.name: [str(agent_id) for agent_id in agents[:NAMED_AT_MOST]]
        + ([f"and {len(agents) - NAMED_AT_MOST} more"] if len(agents) > NAMED_AT_MOST else [])
        for rule, agents in passed_over.items()
    }
