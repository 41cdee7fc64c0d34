"""`handover --version`."""

from typing import Annotated

import typer


def _show(asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(f"handover {metadata.version('handover-worker')}")
        raise typer.Exit


def option(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show, help="Show the version, and exit.")
    ] = False,
) -> None:
    """What every command takes."""
    del version
