"""What an operator may do to a contact's session: each makes a transition, or None when there is nothing to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from schemas.session import What
from worker.core.eligibility import Wanted, passed_over_by
from worker.core.roster import Agent
from worker.core.session import Session
from worker.core.transition import Transition

REASON = "operator"


class Unfit(Exception):
    """The agent an operator chose is not one the worker would choose."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it and when; `skills` are those the session asked for, so that they are not forgotten."""

    actor: str
    now: datetime
    skills: Sequence[str] = ()


def release(session: Session, act: Act) -> Transition | None:
    """Back to unassigned: it waits from now on, or goes on waiting."""
    if session.agent_id is None:
        return None
    after = replace(
        session,
        agent_id=None,
        agent_name=None,
        assigned_at=None,
        accepted_at=None,
        waiting_since=act.now,
        version=session.version + 1,
    )
    return _transition("released", session, after, act)


def resolve(session: Session, act: Act) -> Transition:
    """Done: the contact's next handover opens a new one."""
    return _transition("resolved", session, replace(session, version=session.version + 1), act)


def delete(session: Session, act: Act) -> Transition:
    """Gone, with all that refers to it."""
    after = replace(session, agent_id=None, agent_name=None, version=session.version + 1)
    return _transition("deleted", session, after, act)


def reassign(
    session: Session, agent: Agent, open_sessions: Mapping[UUID, int], act: Act, *, force: bool
) -> Transition | None:
    """To an agent an operator chose. It is not a turn: the rotation goes on as if it had not been.

    Raises Unfit for an agent who is inactive, not online or full, unless forced. The skills asked for do not
    count: the operator knows better.
    """
    if agent.id == session.agent_id:
        return None
    rule = passed_over_by(agent, Wanted(frozenset(), open_sessions))
    if rule and not force:
        raise Unfit(f"agent {agent.name!r} {rule.words}: --force gives it to them nevertheless")
    after = replace(
        session,
        agent_id=agent.id,
        agent_name=agent.name,
        assigned_at=act.now,
        accepted_at=None,
        waiting_since=None,
        version=session.version + 1,
    )
    return _transition("assigned", session, after, act)


def _transition(what: What, before: Session, after: Session, act: Act) -> Transition:
    return Transition(
        what=what,
        session=after,
        reason=REASON,
        asked_at=before.waiting_since or act.now,
        decided_at=act.now,
        previous_agent_id=before.agent_id,
        skills=act.skills,
        actor=act.actor,
    )
