"""`handover sessions`."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.options import Contact, Json, Moment, OfContact, Tenant
from worker.cli.sessions_changes import delete, reassign, reset, resolve
from worker.cli.sessions_drain import drain

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Sessions: where a contact is and why, and putting it right. The JSON of each command has a schema in"
    " schemas/commands.",
)
app.command("reset")(reset)
app.command("resolve")(resolve)
app.command("reassign")(reassign)
app.command("delete")(delete)
app.command("drain")(drain)


class SessionStatus(StrEnum):
    """The status column."""

    unassigned = "unassigned"
    assigned = "assigned"
    resolved = "resolved"


@app.command("list")
def list_(
    *,
    tenant: Tenant,
    contact: OfContact = None,
    status: Annotated[SessionStatus | None, typer.Option("--status", help="Only with this status.")] = None,
    agent: Annotated[UUID | None, typer.Option("--agent", help="Only this agent's, by id.")] = None,
    since: Moment = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Most to list.")] = 100,
    as_json: Json = False,
) -> None:
    """List a tenant's sessions, the newest first. JSON uses the names of the table's columns."""
    from worker.cli.output import say
    from worker.cli.sessions_report import emit_json, show_sessions
    from worker.core.contact import spellings
    from worker.core.story import SessionRow
    from worker.sessions import looking

    which = looking.Filter(
        contact_ids=spellings(contact) if contact else None,
        status=status.value if status else None,
        agent_id=agent,
        since=since,
    )
    rows = in_database(lambda connection: looking.every(connection, [tenant], which, limit + 1))
    shown = rows[:limit]
    if as_json:
        emit_json(SessionRow, shown)
    else:
        show_sessions(shown)
    if len(rows) > limit:
        say(f"there are more than {limit}: see --limit, --since and --status")


@app.command()
def explain(
    *,
    tenant: Tenant,
    contact: Contact,
    agent: Annotated[
        UUID | None, typer.Option("--agent", help="Who is looking and does not see it, by id.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell where a contact is and why, and in one closing sentence what would change it. Changes nothing."""
    from worker.cli.sessions_report import emit_json, show_story
    from worker.cli.settings import load_for_database
    from worker.core.contact import spellings
    from worker.core.story import Story
    from worker.sessions import Whose, looking

    whose, settings = Whose(tenant, spellings(contact)), load_for_database()
    question = looking.Question(
        whose,
        written=contact,
        agent_id=agent,
        heartbeat=timedelta(seconds=settings.heartbeat_seconds) or None,
        max_age=settings.waiting_max_age,
    )
    story = in_database(lambda connection: looking.tell(connection, question))
    if as_json:
        emit_json(Story, [story])
    else:
        show_story(story)
