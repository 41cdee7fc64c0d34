"""`handover worker`."""

import asyncio

import typer

from worker import app, config, logs
from worker.errors import CannotStart


def worker() -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    settings = config.load()
    logs.configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(app.run(settings))
    except CannotStart as error:
        typer.echo(f"handover: {error}", err=True)
        raise typer.Exit(1) from error
