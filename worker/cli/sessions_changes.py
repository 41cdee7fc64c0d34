"""`handover sessions reset`, `resolve`, `reassign`, `delete`."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.options import As, Contact, DryRun, Json, Tenant, Yes

if TYPE_CHECKING:
    from asyncpg import Connection

    from worker.sessions import Operation
    from worker.sessions.deletion import Deletion


def reset(
    *,
    tenant: Tenant,
    contact: Contact,
    actor: As,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put a contact's open session back to unassigned; the row stays. Publishes session.released.v1.

    It waits in the queue then: a running worker gives it to whose turn it is as soon as there is somebody.
    """
    from worker.sessions import Release

    _change(tenant, contact, Release(), actor, dry_run=dry_run, yes=yes, as_json=as_json)


def resolve(
    *,
    tenant: Tenant,
    contact: Contact,
    actor: As,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Resolve a contact's open session: the next handover opens a new one. Publishes session.resolved.v1."""
    from worker.sessions import Resolve

    _change(tenant, contact, Resolve(), actor, dry_run=dry_run, yes=yes, as_json=as_json)


def reassign(
    *,
    tenant: Tenant,
    contact: Contact,
    agent: Annotated[UUID, typer.Option("--agent", help="Who gets it, by id; of the same tenant.")],
    force: Annotated[
        bool, typer.Option("--force", help="Even if the agent is inactive, not online or full.")
    ] = False,
    actor: As,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Give a contact's open session to an agent. Publishes session.assigned.v1.

    It is not a turn: the rotation goes on as if it had not been. Teams and skills do not matter here.
    """
    from datetime import timedelta

    from worker.cli.settings import load_for_database
    from worker.sessions import Reassign

    heartbeat = timedelta(seconds=load_for_database().heartbeat_seconds) or None
    _change(
        tenant, contact, Reassign(agent, force, heartbeat), actor, dry_run=dry_run, yes=yes, as_json=as_json
    )


def delete(
    *,
    tenant: Tenant,
    contact: Contact,
    session: Annotated[UUID | None, typer.Option("--session", help="Only this one, by id.")] = None,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Delete also the rows whose foreign key forbids it.")
    ] = False,
    actor: As,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete a contact's sessions, open and resolved, with their messages and whatever else refers to them.

    All that goes is listed first. Publishes session.deleted.v1 for each session; the audit stays.
    """
    from worker.core.contact import spellings
    from worker.sessions import Whose
    from worker.sessions.deletion import Deletion

    deletion = Deletion(Whose(tenant, spellings(contact)), session, cascade, actor)
    in_database(lambda connection: _delete(connection, deletion, dry_run=dry_run, yes=yes, as_json=as_json))


def _change(
    tenant: str,
    contact: str,
    operation: "Operation",
    actor: str,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from worker.cli.consent import obtain
    from worker.cli.output import printable, say
    from worker.cli.sessions_report import emit_json
    from worker.cli.sessions_words import afterwards, intention
    from worker.core.contact import spellings
    from worker.sessions import Whose, changes
    from worker.sessions.reports import Change, change

    whose = Whose(tenant, spellings(contact))

    async def do(connection: "Connection") -> None:
        outlook = await changes.foresee(connection, whose, operation, actor)
        say(printable(intention(outlook)))
        done = outlook.transition is not None and not dry_run
        if done:
            obtain("Do it?", yes=yes)
            outlook = await changes.carry_out(connection, whose, operation, actor, outlook.session)
        report = change(outlook, done=done)
        if done:
            say(afterwards(report))
        if as_json:
            emit_json(Change, [report])

    in_database(do)


async def _delete(
    connection: "Connection", deletion: "Deletion", *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    from worker.cli.consent import obtain
    from worker.cli.output import printable, say
    from worker.cli.sessions_report import emit_json
    from worker.cli.sessions_words import afterwards, losses
    from worker.sessions import deletion as deleting
    from worker.sessions.reports import Removal, removal

    doomed = await deleting.foresee(connection, deletion)
    for line in losses(doomed):
        say(printable(line))
    forbidden = any(reference.forbids for reference in doomed.references)
    done = not dry_run and not forbidden
    if done:
        obtain("Delete all that?", yes=yes)
        doomed = await deleting.carry_out(connection, deletion, doomed)
    report = removal(doomed, done=done)
    if as_json:
        emit_json(Removal, [report])
    deleting.require_leave(doomed.references)
    if done:
        say(afterwards(*report.sessions))
