"""Who may take a session: every rule, in the order they are asked. A new rule is one line of RULES."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from worker.core.roster import Agent


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session asks of an agent, and how many sessions each agent has open now."""

    skills: frozenset[str]
    open_sessions: Mapping[UUID, int]


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
)
NOBODY = "no_agents"


def passed_over_by(agent: Agent, wanted: Wanted) -> Rule | None:
    """The first rule that rules the agent out; None when the agent is eligible."""
    return next((rule for rule in RULES if rule.passes_over(agent, wanted)), None)


def waiting_reason(rules: Iterable[Rule]) -> str:
    """Why a session waits, given what ruled out each agent: the rule that is nearest to letting one through."""
    return max(rules, key=RULES.index).waiting if (rules := list(rules)) else NOBODY


def _is_full(agent: Agent, open_sessions: Mapping[UUID, int]) -> bool:
    return agent.max_sessions is not None and open_sessions.get(agent.id, 0) >= agent.max_sessions
