"""What an operator may do to a contact's session: each makes a transition, or None when there is nothing to change."""

from dataclasses import dataclass
from datetime import datetime

from schemas.session import What
from worker.core.eligibility import Wanted, passed_over_by
from worker.core.roster import Agent
from worker.core.session import Session, freed
from worker.core.transition import Transition

REASON = "operator"


class Unfit(Exception):
    """The agent an operator chose is not one the worker would choose."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, and when."""

    actor: str
    now: datetime


def release(session: Session, act: Act) -> Transition | None:
    """Back to unassigned, to wait for its turn in the queue like any other."""
    if session.agent_id is None and not session.adrift:
        return None
    after = freed(session)._replace(waiting_since=_asked_at(session, act), version=session.version + 1)
    return _transition("released", session, after, act)


def resolve(session: Session, act: Act) -> Transition:
    """Done: the contact's next handover opens a new one."""
    return _transition("resolved", session, session._replace(version=session.version + 1), act)


def delete(session: Session, act: Act) -> Transition:
    """Gone, with all that refers to it."""
    after = session._replace(agent_id=None, agent_name=None, version=session.version + 1)
    return _transition("deleted", session, after, act)


def reassign(session: Session, agent: Agent, wanted: Wanted, act: Act, *, force: bool) -> Transition | None:
    """To an agent an operator chose. It is not a turn: the rotation goes on as if it had not been.

    Raises Unfit for an agent who may not take what is `wanted`, unless forced.
    """
    if agent.id == session.agent_id:
        return None
    rule = passed_over_by(agent, wanted)
    if rule and not force:
        raise Unfit(f"agent {agent.name!r} {rule.words}: --force gives it to them nevertheless")
    after = session._replace(
        agent_id=agent.id,
        agent_name=agent.name,
        assigned_at=act.now,
        accepted_at=None,
        waiting_since=None,
        adrift=False,
        version=session.version + 1,
    )
    return _transition("assigned", session, after, act)


def _transition(what: What, before: Session, after: Session, act: Act) -> Transition:
    return Transition(
        what=what,
        session=after,
        reason=REASON,
        asked_at=_asked_at(before, act),
        decided_at=act.now,
        previous_agent_id=before.agent_id,
        handover_id=before.handover_id,
        skills=before.skills,
        actor=act.actor,
    )


def _asked_at(before: Session, act: Act) -> datetime:
    """Since when the customer has waited: until somebody accepts, since they asked."""
    waits = freed(before) if before.agent_id or before.adrift else before
    return waits.waiting_since or act.now
