"""The decision: which agent gets a session, and what that changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from schemas import Handover
from worker.core.eligibility import Rule, Wanted, passed_over_by, shut_by, waiting_reason
from worker.core.roster import Agent, Route, Team, choose_route
from worker.core.rotation import Rotation
from worker.core.session import Session, again, freed, opened
from worker.core.transition import NOBODY, PassedOver, Transition

Reassign = Literal["rotate", "keep"]

NAMED_AT_MOST = 20
"""Agents named per rule in the audit of one decision; a larger pool's are counted."""


class Choice(NamedTuple):
    """The agent whose turn it is, if anyone's; who was passed over on the way; else why nobody."""

    agent: Agent | None
    passed_over: Mapping[Rule, list[UUID]]
    waiting: str = ""


class Desk:
    """One tenant inside one transaction; each decision sees what the ones before it changed.

    `sessions` are by contact id, `teams` are the tenant's own, `pools` hold every route that can be asked for; `turn`
    is the last turn given so far; `open_sessions` counts those of agents with a limit; an agent not seen for
    `heartbeat` is not eligible (None: nobody sends heartbeats).
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
        heartbeat: timedelta | None = None,
    ) -> None:
        self.now = now
        self._teams = teams
        self._sessions = dict(sessions)
        self._pools = pools
        self._open = defaultdict(int, open_sessions)
        self._turn = turn
        self._reassign = reassign
        self._seen_since = now - heartbeat if heartbeat else None

    def decide(self, handover: Handover, new_id: UUID) -> Transition:
        """Assign the contact's session; `new_id` is its id if the contact has none open."""
        found = self._sessions.get(handover.contact_id)
        before = again(found, handover) if found else opened(new_id, handover)
        route = choose_route(handover.team_id, before.team_id, self._teams)
        asked_at = before.waiting_since or min(handover.asked_at or self.now, self.now)
        decision = self._place(
            before,
            route,
            previous=before.agent_id,
            reason="again" if found else "new",
            asked_at=asked_at,
            keep=self._reassign == "keep",
            created=found is None,
            requested_team_id=handover.team_id,
            traceparent=handover.traceparent,
        )
        self._sessions[handover.contact_id] = decision.session
        return decision

    def serve(self, session: Session, had_it: Collection[UUID] = ()) -> Transition | None:
        """Assign a session that waits; None when it goes on waiting, which is no news."""
        decision = self._place(
            session,
            choose_route(None, session.team_id, self._teams),
            previous=None,
            # Within a round it is the same offer, going on; only what begins a round may be called otherwise.
            reason="timeout" if had_it else "queue",
            asked_at=session.waiting_since or self.now,
            had_it=had_it,
        )
        return decision if decision.session.agent_id else None

    def pass_on(self, session: Session, had_it: Collection[UUID]) -> Transition:
        """Give a session that its agent did not accept to the next who has not had it; else it waits."""
        self._count(session.agent_id, -1)
        return self._place(
            freed(session),
            choose_route(None, session.team_id, self._teams),
            previous=session.agent_id,
            reason="timeout",
            asked_at=session.asked_at or self.now,
            had_it={*had_it, session.agent_id} if session.agent_id else had_it,
        )

    def release(self, session: Session) -> tuple[Transition, Transition]:
        """Take a session from an agent who left, and assign it anew."""
        self._count(session.agent_id, -1)
        loose = freed(session)
        asked_at = loose.waiting_since or self.now
        loose = loose._replace(version=session.version + 1, waiting_since=asked_at)
        released = Transition(
            what="released",
            session=loose,
            reason="released",
            previous_agent_id=session.agent_id,
            handover_id=session.handover_id,
            skills=session.skills,
            asked_at=asked_at,
            decided_at=self.now,
        )
        route = choose_route(None, session.team_id, self._teams)
        return released, self._place(
            loose, route, previous=session.agent_id, reason="released", asked_at=asked_at
        )

    def has_room(self, team_id: UUID | None) -> bool:
        """Whether the pool of a waiting session has anyone who could take one that asks for nothing special."""
        route = choose_route(None, team_id, self._teams)
        if shut_by(self._teams.get(route.pool_id), self.now):
            return False
        wanted = Wanted(frozenset(), self._open, seen_since=self._seen_since)
        return any(passed_over_by(agent, wanted) is None for agent in self._pools[route.pool_id])

    def _place(
        self,
        before: Session,
        route: Route,
        *,
        previous: UUID | None,
        reason: str,
        asked_at: datetime,
        had_it: Collection[UUID] = (),
        keep: bool = False,
        created: bool = False,
        requested_team_id: str | None = None,
        traceparent: str | None = None,
    ) -> Transition:
        # A session does not stand in its own way: its place counts as free while it is given out.
        self._count(before.agent_id, -1)
        pool = self._pools[route.pool_id]
        wanted = Wanted(frozenset(before.skills), self._open, frozenset(had_it), self._seen_since)
        choice = self._choose(route, wanted, pool.get(before.agent_id) if keep else None)
        after = self._after(before, choice.agent, route, asked_at)
        self._count(after.agent_id, +1)
        return Transition(
            what="assigned" if after.agent_id else "waiting",
            session=after,
            reason=reason if after.agent_id else choice.waiting,
            asked_at=asked_at,
            decided_at=self.now,
            previous_agent_id=previous,
            created=created,
            handover_id=after.handover_id,
            requested_team_id=requested_team_id if route.fallback else None,
            team_fallback=route.fallback,
            pool_id=route.pool_id,
            turn=self._take_turn(pool, choice.agent, before, keep=keep),
            considered=len(pool),
            passed_over=_named(choice.passed_over) if choice.passed_over else NOBODY,
            skills=after.skills,
            traceparent=traceparent,
        )

    def _choose(self, route: Route, wanted: Wanted, holder: Agent | None) -> Choice:
        if gate := shut_by(self._teams.get(route.pool_id), self.now):
            return Choice(None, {}, gate.name)
        if holder and passed_over_by(holder, wanted) is None:
            return Choice(holder, {})
        passed_over: dict[Rule, list[UUID]] = {}
        for agent in self._pools[route.pool_id]:
            rule = passed_over_by(agent, wanted)
            if rule is None:
                return Choice(agent, passed_over)
            passed_over.setdefault(rule, []).append(agent.id)
        return Choice(None, passed_over, waiting_reason(passed_over))

    def _after(self, before: Session, agent: Agent | None, route: Route, asked_at: datetime) -> Session:
        agent_id = agent.id if agent else before.agent_id
        times = (before.assigned_at, before.accepted_at) if agent_id == before.agent_id else (self.now, None)
        # Another program may have left times in the row of a session that waits.
        assigned_at, accepted_at = times if agent_id else (None, None)
        return before._replace(
            version=before.version + 1,
            team_id=route.team_id,
            agent_id=agent_id,
            agent_name=agent.name if agent else before.agent_name,
            assigned_at=assigned_at,
            accepted_at=accepted_at,
            waiting_since=None if agent_id else asked_at,
            adrift=False,
        )

    def _count(self, agent_id: UUID | None, by: int) -> None:
        if agent_id:
            self._open[agent_id] += by

    def _take_turn(self, pool: Rotation, agent: Agent | None, before: Session, *, keep: bool) -> int | None:
        if agent is None or (keep and agent.id == before.agent_id):
            return None
        pool.take_turn(agent)
        self._turn += 1
        return self._turn


def _named(passed_over: Mapping[Rule, list[UUID]]) -> PassedOver:
    return {
        rule.name: [str(agent_id) for agent_id in agents[:NAMED_AT_MOST]]
        + ([f"and {len(agents) - NAMED_AT_MOST} more"] if len(agents) > NAMED_AT_MOST else [])
        for rule, agents in passed_over.items()
    }
