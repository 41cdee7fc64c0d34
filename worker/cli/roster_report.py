"""The roster on stdout: all of it as JSON, what people look for as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from worker.cli.output import show_rows
from worker.roster import Agent, Team


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent in a table."""

    id: UUID
    tenant_id: str
    name: str
    status: str
    since: str | None
    reason: str | None
    active: bool
    max_sessions: int | None
    skills: tuple[str, ...]
    teams: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team in a table."""

    id: UUID
    tenant_id: str
    name: str
    active: bool
    default: bool
    manual: bool
    hours: str | None
    policy: str | None


def show_agents(agents: Sequence[Agent], *, as_json: bool) -> None:
    """Agents as rows of the database; in a table with the time their status is theirs since, here."""
    if as_json:
        show_rows(Agent, agents, as_json=True)
    else:
        show_rows(AgentLine, [_agent(agent) for agent in agents], as_json=False)


def show_teams(teams: Sequence[Team], *, as_json: bool) -> None:
    """Teams as rows of the database; in a table of the hours only the time zone, and of the policy what is set."""
    if as_json:
        show_rows(Team, teams, as_json=True)
    else:
        show_rows(TeamLine, [_team(team) for team in teams], as_json=False)


def _agent(agent: Agent) -> AgentLine:
    return AgentLine(
        agent.id,
        agent.tenant_id,
        agent.name,
        agent.status,
        _here(agent.status_at),
        agent.status_reason,
        agent.active,
        agent.max_sessions,
        agent.skills,
        agent.teams,
    )


def _team(team: Team) -> TeamLine:
    return TeamLine(
        team.id,
        team.tenant_id,
        team.name,
        team.active,
        team.is_default,
        team.manual,
        _zone(team.schedule),
        ", ".join(_policy(team)) or None,
    )


def _policy(team: Team) -> Iterator[str]:
    if team.accept_seconds is not None:
        yield f"accept in {team.accept_seconds} s"
    if team.on_offline:
        yield f"offline {team.on_offline}"
    if team.on_removed:
        yield f"removed {team.on_removed}"
    if team.grace_seconds is not None:
        yield f"grace {team.grace_seconds} s"


def _zone(schedule: Any) -> str | None:
    # Whoever writes the column with SQL may have written anything.
    return str(schedule.get("timezone")) if isinstance(schedule, dict) else schedule and "unreadable"


def _here(time: datetime | None) -> str | None:
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}" if time else None
