"""`handover dead-letters`."""

import typer

from worker.cli.dead_letters.aside import discard, purge, restore
from worker.cli.dead_letters.edit import edit
from worker.cli.dead_letters.export import export
from worker.cli.dead_letters.reading import groups, history, list_, show
from worker.cli.dead_letters.replay import replay

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What could not be handled: find it, see why, send it again, as it was or edited, or set it aside."
    " Times are UTC. JSON uses the names of the database.",
)
app.command()(groups)
app.command("list")(list_)
app.command()(show)
app.command()(export)
app.command()(replay)
app.command()(edit)
app.command()(discard)
app.command()(restore)
app.command()(purge)
app.command()(history)
