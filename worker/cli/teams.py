"""`handover teams`."""

from typing import Annotated
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.options import Active, Json, Name, NewId, NewName, OfTenant, Tenant

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The teams on the roster. JSON uses the names of the database: id, tenant_id, name, active, is_default.",
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
    from worker.cli.output import show_rows
    from worker.roster import Team, teams

    show_rows(Team, in_database(lambda connection: teams.every(connection, tenant)), as_json=as_json)


@app.command()
def add(
    *, tenant: Tenant, name: Name, team_id: NewId = None, default: Default = False, as_json: Json = False
) -> None:
    """Add a team and print it."""
    from worker.cli.output import show_rows
    from worker.roster import Team, teams

    added = in_database(lambda connection: teams.add(connection, tenant, name, team_id, default=default))
    show_rows(Team, [added], as_json=as_json)


@app.command("set")
def set_(
    team_id: TeamId,
    *,
    name: NewName = None,
    active: Active = None,
    default: Annotated[bool | None, typer.Option("--default/--no-default")] = None,
    as_json: Json = False,
) -> None:
    """Change a team and print it. A new default team takes the place of another."""
    from worker.cli.output import show_rows
    from worker.roster import Team, teams

    changed = in_database(
        lambda connection: teams.change(connection, team_id, name=name, active=active, default=default)
    )
    show_rows(Team, [changed], as_json=as_json)
