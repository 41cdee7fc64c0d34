"""`handover db`: an inbox that somebody else made."""

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.failures import Code, CommandFailed, PartlyDone, Refused
from worker.cli.options import Json, Yes

if TYPE_CHECKING:
    from worker.config import Settings
    from worker.core.adoption import Plan

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Take over an inbox_sessions that is there already."
)


@app.command("check")
def check(*, as_json: Json = False) -> None:
    """Say what inbox_sessions lacks and what `handover db adopt` would do; change nothing.

    Exit codes: 0 nothing is left to do, 1 something is, 3 there is no inbox_sessions.
    """
    import asyncio

    from worker.cli.adoption_report import show_plan
    from worker.cli.settings import load_for_database

    found = asyncio.run(_check(load_for_database()))
    show_plan(found, as_json=as_json)
    if not found.is_done:
        raise typer.Exit(Code.FAILED)


@app.command("adopt")
def adopt(
    *,
    merge: Annotated[
        bool,
        typer.Option(
            "--merge-duplicates",
            help="Of a contact's open sessions keep an assigned one, else the latest: messages and other rows move to"
            " it, the others are resolved.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the SQL.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Give inbox_sessions what the worker needs, while it is in use; then run `handover migrate`.

    Each step gives up soon when somebody is in the way, and tries again; indexes are built concurrently. Run again,
    it goes on where it ended. Exit codes: 2 refused, as long as there is a problem only people can solve; 4 some
    steps were done and then one could not be.
    """
    import asyncio

    from worker.cli.settings import load_for_database

    settings = load_for_database()
    asyncio.run(_adopt(settings, merge=merge, dry_run=dry_run, yes=yes, as_json=as_json))


async def _check(settings: "Settings") -> "Plan":
    from worker.adoption.looking import look
    from worker.cli.postgres import reaching_database
    from worker.core.adoption import plan
    from worker.database import connect

    with reaching_database(settings):
        connection = await connect(settings.dsn, name="handover-check", settings={"statement_timeout": "0"})
        try:
            return plan(await look(connection), merge=False)
        finally:
            await connection.close(timeout=5)


async def _adopt(settings: "Settings", *, merge: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    from worker.adoption import Stopped, adopting
    from worker.adoption.looking import look
    from worker.adoption.merging import foresee
    from worker.cli.adoption_report import intentions, report, show_sql
    from worker.cli.consent import obtain
    from worker.cli.output import say
    from worker.cli.postgres import reaching_database
    from worker.core.adoption import plan
    from worker.migrations import current

    with reaching_database(settings):
        async with adopting.connected(settings.dsn) as connection:
            planned = plan(await look(connection), merge=merge)
            if planned.problems:
                first = planned.problems[0]
                more = f", and {len(planned.problems) - 1} more" if len(planned.problems) > 1 else ""
                raise Refused(f"nothing was done: {first.says}{more}; see `handover db check`")
            if dry_run:
                show_sql(planned, await foresee(connection) if merge else [])
                return
            if planned.steps:
                intentions(planned)
                obtain("Do all that?", yes=yes)
                try:
                    await adopting.adopt(connection, merging=merge, report=report(as_json=as_json))
                except Stopped as error:
                    stopped = PartlyDone if error.done else CommandFailed
                    raise stopped(f"{error}; {error.done} steps were done and stay: run it again") from error
            if await current(connection) is None:
                say("inbox_sessions is ready: run `handover migrate`")
            else:
                say("inbox_sessions is ready")
