"""Who could take a session, as read under the tenant's lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from worker.core.hours import Schedule

EVERYONE = UUID(int=0)
"""The pool of all a tenant's agents, where no team applies."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team of one tenant. No schedule is always open; `accept_seconds` None is the tenant's, or none."""

    id: UUID
    active: bool
    is_default: bool
    manual: bool = False
    schedule: Schedule | None = None
    accept_seconds: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the team's hours have it work now."""
        return self.schedule is None or self.schedule.is_open(now)


class Agent(NamedTuple):
    """A member of one pool. `last_turn` is 0 for one who never had a turn there."""

    id: UUID
    name: str
    active: bool
    status: str
    max_sessions: int | None
    skills: frozenset[str]
    last_turn: int
    seen_at: datetime | None = None


class Route(NamedTuple):
    """The pool a handover goes to, and why not the team it asked for."""

    pool_id: UUID
    fallback: str | None = None

    @property
    def team_id(self) -> UUID | None:
        """The team to write on the session; None when the pool is everyone."""
        return None if self.pool_id == EVERYONE else self.pool_id


def choose_route(requested: str | None, session_team: UUID | None, teams: Mapping[UUID, Team]) -> Route:
    """The team asked for, else the session's own, else the tenant's default, else everyone.

    `teams` holds the tenant's own teams alone, so another tenant's team is simply unknown.
    """
    if requested is not None:
        team = teams.get(team_id_of(requested) or EVERYONE)
        if team is None:
            return Route(_default_pool(teams), "unknown")
        return Route(team.id) if team.active else Route(_default_pool(teams), "inactive")
    own = teams.get(session_team) if session_team else None
    if own and own.active:
        return Route(own.id)
    return Route(_default_pool(teams))


def _default_pool(teams: Mapping[UUID, Team]) -> UUID:
    return next((team.id for team in teams.values() if team.is_default and team.active), EVERYONE)


def team_id_of(text: str) -> UUID | None:
    """The id of the team a handover names; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
