"""`handover agents`."""

from typing import Annotated
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.failures import Refused
from worker.cli.options import (
    Active,
    DryRun,
    Json,
    MaxSessions,
    Name,
    NewId,
    NewName,
    OfTenant,
    Presence,
    Reason,
    Skills,
    Status,
    Teams,
    Tenant,
    Yes,
    not_both,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The agents on the roster. JSON uses the names of the database:"
    " id, tenant_id, name, status, status_at, status_reason, seen_at, active, max_sessions, skills, teams.",
)

AgentId = Annotated[UUID, typer.Argument(metavar="ID", help="The agent's id.")]


@app.command("list")
def list_(*, tenant: OfTenant = None, as_json: Json = False) -> None:
    """List agents, by tenant and name."""
    from worker.cli.roster_report import show_agents
    from worker.roster import agents

    show_agents(in_database(lambda connection: agents.every(connection, tenant)), as_json=as_json)


@app.command()
def add(
    *,
    tenant: Tenant,
    name: Name,
    agent_id: NewId = None,
    max_sessions: MaxSessions = None,
    team: Teams = None,
    skill: Skills = None,
    status: Presence = Status.offline,
    as_json: Json = False,
) -> None:
    """Add an agent and print it."""
    from worker.cli.roster_report import show_agents
    from worker.roster import AgentChange, agents

    details = AgentChange(
        status=status.value if status else None,
        max_sessions=max_sessions,
        skills=skill or (),
        teams=team or (),
    )
    added = in_database(lambda connection: agents.add(connection, tenant, name, agent_id, details))
    show_agents([added], as_json=as_json)


@app.command("set")
def set_(
    agent_id: AgentId,
    *,
    tenant: OfTenant = None,
    name: NewName = None,
    status: Presence = None,
    reason: Reason = None,
    max_sessions: MaxSessions = None,
    no_max_sessions: Annotated[bool, typer.Option("--no-max-sessions", help="Unlimited.")] = False,
    active: Active = None,
    team: Teams = None,
    no_teams: Annotated[bool, typer.Option("--no-teams", help="In no team.")] = False,
    skill: Skills = None,
    no_skills: Annotated[bool, typer.Option("--no-skills", help="Without skills.")] = False,
    as_json: Json = False,
) -> None:
    """Change an agent and print it; teams and skills given replace those there were."""
    from worker.cli.roster_report import show_agents
    from worker.roster import AgentChange, agents

    if reason and status is None:
        raise Refused("--reason is the reason of a status: give --status with it")
    not_both("--max-sessions", max_sessions is not None, "--no-max-sessions", no_max_sessions)
    not_both("--team", bool(team), "--no-teams", no_teams)
    not_both("--skill", bool(skill), "--no-skills", no_skills)
    change = AgentChange(
        name=name,
        status=status.value if status else None,
        reason=reason,
        active=active,
        unlimited=no_max_sessions,
        max_sessions=max_sessions,
        skills=() if no_skills else skill or None,
        teams=() if no_teams else team or None,
    )
    changed = in_database(lambda connection: agents.change(connection, tenant, agent_id, change))
    show_agents([changed], as_json=as_json)


@app.command()
def remove(agent_id: AgentId, *, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove an agent from the roster and its teams.

    Its open sessions stay with it until the grace is over; then they go as --on-removed of their team or tenant says,
    by default to the next agent.
    """
    from worker.cli.consent import obtain
    from worker.cli.output import printable, say
    from worker.roster import agents

    agent = in_database(lambda connection: agents.one(connection, agent_id))
    opened = in_database(lambda connection: agents.open_sessions(connection, agent_id))
    say(
        f"removes agent {agent.id} {printable(agent.name)!r} of tenant {printable(agent.tenant_id)!r}"
        f" from the roster and {len(agent.teams)} teams; {opened} open sessions stay with it until the grace is over,"
        " then go as --on-removed of their team or tenant says, by default to the next agent"
    )
    if dry_run:
        return
    obtain("Remove it?", yes=yes)
    in_database(lambda connection: agents.remove(connection, agent_id))
    say("removed")
