"""How explanations name things: pools, agents who were passed over, times."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from worker.core.eligibility import RULES
from worker.core.story import Candidate, PassedOver

WAITED = {
    "no_agents": "there was no active agent in",
    "none_online": "nobody was online in",
    "no_skill": "nobody online had the skills asked for in",
    "all_at_capacity": "everybody who could take it had as many sessions as allowed in",
    "unanswered": "nobody who could take it accepted it in time in",
    "manual": "people, not workers, assign the sessions of",
    "team_closed": "it was outside the hours of",
}
NAMED_AT_MOST = 3


def pool_name(team_name: str | None, team_id: UUID | None) -> str:
    """The agents who were asked."""
    return f"team {team_name or team_id}" if team_id else "the tenant's whole pool"


def ruled_out(passed_over: Sequence[PassedOver]) -> Iterator[str]:
    """Who was passed over, a clause for each rule."""
    for each in passed_over:
        names = [agent.name or str(agent.id) for agent in each.agents]
        yield f"{_some(names, each.more)} passed over: {each.why}"


def in_the_way(agents: Sequence[Candidate]) -> Iterator[str]:
    """What rules agents out now, a clause for each rule."""
    for rule in RULES:
        if names := [agent.name for agent in agents if agent.passed_over == rule.name]:
            yield f"{_some(names, 0)} {rule.words}"


def _some(names: Sequence[str], more: int) -> str:
    more += max(0, len(names) - NAMED_AT_MOST)
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more else "")


def at(time: datetime | None) -> str:
    """A time for people: in UTC, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else "an unknown time"
