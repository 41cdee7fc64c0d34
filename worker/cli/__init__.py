"""The `handover` command."""

import typer

from worker.cli import worker as worker_command

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="Bot-to-human handover.")
app.command("worker")(worker_command.worker)


@app.callback()
def handover() -> None:
    """Bot-to-human handover."""


def main() -> None:
    app()
