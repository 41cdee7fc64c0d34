"""Who may take a session: every rule, in the order they are asked. A new rule is one line of RULES."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from worker.core.roster import Agent, Team


class Wanted(NamedTuple):
    """What a session asks of an agent, and how things stand with the agents.

    `open_sessions` counts those of agents with a limit; `had_it` let it lie in this round; `seen_since` is how
    recently an agent must have been seen, None where nobody sends heartbeats.
    """

    skills: frozenset[str]
    open_sessions: Mapping[UUID, int]
    had_it: frozenset[UUID] = frozenset()
    seen_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to pass an agent over; `waiting` is the session's reason when it rules out the last one.

    For people: an agent it rules out `words`, a session that waits because of it changes when `remedy`.
    """

    name: str
    waiting: str
    passes_over: Callable[[Agent, Wanted], bool]
    words: str
    remedy: str


RULES = (
    Rule(
        "inactive",
        "no_agents",
        lambda agent, _: not agent.active,
        "is not active",
        "an agent is made active (`handover agents set ID --active`)",
    ),
    Rule(
        "not_online",
        "none_online",
        lambda agent, _: agent.status != "online",
        "is not online",
        "an agent comes online",
    ),
    Rule(
        "not_seen",
        "none_online",
        lambda agent, wanted: _is_unseen(agent, wanted.seen_since),
        "has sent no heartbeat lately",
        "an agent's heartbeat arrives",
    ),
    Rule(
        "lacks_skill",
        "no_skill",
        lambda agent, wanted: not wanted.skills <= agent.skills,
        "lacks a skill that was asked for",
        "an agent with the skills comes online",
    ),
    Rule(
        "at_capacity",
        "all_at_capacity",
        lambda agent, wanted: _is_full(agent, wanted.open_sessions),
        "has as many sessions as allowed",
        "an agent has one of their sessions resolved",
    ),
    Rule(
        "had_it",
        "unanswered",
        lambda agent, wanted: agent.id in wanted.had_it,
        "had it and did not accept it in time",
        "another agent comes online, or the next round begins",
    ),
)
NOBODY = "no_agents"


@dataclass(frozen=True, slots=True)
class Gate:
    """One reason for which a team takes nothing at all; its name is the session's waiting reason."""

    name: str
    shut: Callable[[Team, datetime], bool]
    remedy: str


GATES = (
    Gate("manual", lambda team, _: team.manual, "a person takes it: the team assigns by hand"),
    Gate("team_closed", lambda team, now: not team.is_open(now), "the team opens"),
)


def shut_by(team: Team | None, now: datetime) -> Gate | None:
    """The first gate that is shut; None when the team, or everyone, takes sessions."""
    return next((gate for gate in GATES if gate.shut(team, now)), None) if team else None


def passed_over_by(agent: Agent, wanted: Wanted) -> Rule | None:
    """The first rule that rules the agent out; None when the agent is eligible."""
    for rule in RULES:  # asked of agent after agent, in every decision: a generator takes twice as long
        if rule.passes_over(agent, wanted):
            return rule
    return None


def waiting_reason(rules: Iterable[Rule]) -> str:
    """Why a session waits, given what ruled out each agent: the rule that is nearest to letting one through."""
    return max(rules, key=RULES.index).waiting if (rules := list(rules)) else NOBODY


def _is_full(agent: Agent, open_sessions: Mapping[UUID, int]) -> bool:
    return agent.max_sessions is not None and open_sessions.get(agent.id, 0) >= agent.max_sessions


def _is_unseen(agent: Agent, since: datetime | None) -> bool:
    return since is not None and (agent.seen_at is None or agent.seen_at < since)
