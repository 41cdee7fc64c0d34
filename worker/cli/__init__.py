"""The `handover` command. What a command needs is imported when it runs, so that help is there at once."""

import sys

import typer

from worker.cli import (
    agents,
    config,
    console,
    contracts,
    db,
    dead_letters,
    demo,
    doctor,
    failures,
    migrate,
    publish,
    sessions,
    teams,
    tenants,
    version,
    watch,
    worker,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Bot-to-human handover. Data goes to stdout, all else to stderr.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or refused, 3 not found, 4 partly done,"
    " 5 a dependency is unreachable. Configuration: `handover config`.",
)
app.callback()(version.option)
app.command("worker")(worker.worker)
app.command("console")(console.console)
app.command("demo")(demo.demo)
app.command("migrate")(migrate.migrate)
app.command("publish")(publish.publish)
app.command("watch")(watch.watch)
app.add_typer(db.app, name="db")
app.add_typer(agents.app, name="agents")
app.add_typer(teams.app, name="teams")
app.add_typer(tenants.app, name="tenants")
app.add_typer(sessions.app, name="sessions")
app.command("doctor")(doctor.doctor)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(contracts.app, name="schemas")
app.command("config")(config.config)


def main() -> None:
    """The process's entry; exits with one of the codes of `failures.Code`."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it was becomes one line and a code
        sys.exit(failures.report(error))
