"""`handover tenants`."""

from typing import Annotated

import typer

from worker.cli.database import in_database
from worker.cli.options import Json, text
from worker.cli.policies import (
    AcceptSeconds,
    GraceSeconds,
    NoAccept,
    NoPolicy,
    OnOffline,
    OnRemoved,
    policy_change,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Tenants, and the policy of those of their teams that have none of their own. JSON uses the names of the"
    " database: tenant_id, accept_seconds, on_offline, on_removed, grace_seconds.",
)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List tenants, by id."""
    from worker.cli.output import show_rows
    from worker.roster import Tenant, tenants

    show_rows(Tenant, in_database(tenants.every), as_json=as_json)


@app.command("set")
def set_(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", parser=text(50), help="Its id.")],
    *,
    accept_seconds: AcceptSeconds = None,
    no_accept: NoAccept = False,
    on_offline: OnOffline = None,
    on_removed: OnRemoved = None,
    grace_seconds: GraceSeconds = None,
    no_policy: NoPolicy = False,
    as_json: Json = False,
) -> None:
    """Change a tenant's policy and print it; one that nobody knows yet is known from now on."""
    from worker.cli.output import show_rows
    from worker.roster import Tenant, tenants

    change = policy_change(
        accept_seconds, on_offline, on_removed, grace_seconds, no_accept=no_accept, none=no_policy
    )
    show_rows(
        Tenant, [in_database(lambda connection: tenants.change(connection, tenant, change))], as_json=as_json
    )
