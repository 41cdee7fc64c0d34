"""`handover teams`."""

from typing import Annotated
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.options import Active, Json, Name, NewId, NewName, OfTenant, Tenant, not_both
from worker.cli.policies import (
    AcceptSeconds,
    GraceSeconds,
    Hours,
    Manual,
    NoAccept,
    NoPolicy,
    OnOffline,
    OnRemoved,
    policy_change,
    read_hours,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The teams on the roster. JSON uses the names of the database: id, tenant_id, name, active, is_default,"
    " manual, schedule, accept_seconds, on_offline, on_removed, grace_seconds. Of the policy, which are the last four,"
    " what a team has not is its tenant's: see `handover tenants`.",
)

TeamId = Annotated[UUID, typer.Argument(metavar="ID", help="The team's id.")]
Default = Annotated[
    bool,
    typer.Option(
        "--default", help="The one a handover goes to that names no team; takes the place of another."
    ),
]


@app.command("list")
def list_(*, tenant: OfTenant = None, as_json: Json = False) -> None:
    """List teams, by tenant and name."""
    from worker.cli.roster_report import show_teams
    from worker.roster import teams

    show_teams(in_database(lambda connection: teams.every(connection, tenant)), as_json=as_json)


@app.command()
def add(
    *,
    tenant: Tenant,
    name: Name,
    team_id: NewId = None,
    default: Default = False,
    hours: Hours = None,
    manual: Manual = None,
    accept_seconds: AcceptSeconds = None,
    on_offline: OnOffline = None,
    on_removed: OnRemoved = None,
    grace_seconds: GraceSeconds = None,
    as_json: Json = False,
) -> None:
    """Add a team and print it."""
    from worker.cli.roster_report import show_teams
    from worker.roster import TeamChange, teams

    details = TeamChange(
        default=default,
        manual=manual,
        schedule=read_hours(hours),
        policy=policy_change(accept_seconds, on_offline, on_removed, grace_seconds),
    )
    added = in_database(lambda connection: teams.add(connection, tenant, name, team_id, details))
    show_teams([added], as_json=as_json)


@app.command("set")
def set_(
    team_id: TeamId,
    *,
    name: NewName = None,
    active: Active = None,
    default: Annotated[bool | None, typer.Option("--default/--no-default")] = None,
    hours: Hours = None,
    no_hours: Annotated[bool, typer.Option("--no-hours", help="Always open.")] = False,
    manual: Manual = None,
    accept_seconds: AcceptSeconds = None,
    no_accept: NoAccept = False,
    on_offline: OnOffline = None,
    on_removed: OnRemoved = None,
    grace_seconds: GraceSeconds = None,
    no_policy: NoPolicy = False,
    as_json: Json = False,
) -> None:
    """Change a team and print it. A new default team takes the place of another."""
    from worker.cli.roster_report import show_teams
    from worker.roster import TeamChange, teams

    not_both("--hours", hours is not None, "--no-hours", no_hours)
    change = TeamChange(
        name=name,
        active=active,
        default=default,
        manual=manual,
        no_schedule=no_hours,
        schedule=read_hours(hours),
        policy=policy_change(
            accept_seconds, on_offline, on_removed, grace_seconds, no_accept=no_accept, none=no_policy
        ),
    )
    changed = in_database(lambda connection: teams.change(connection, team_id, change))
    show_teams([changed], as_json=as_json)
