"""Asking before something is destroyed."""

import sys

import typer

from worker.cli.failures import Refused


def obtain(question: str, *, yes: bool) -> None:
    """Return if the answer is yes, or was given with `--yes`. Raises Refused, also when nobody is there to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nothing was done: stdin is no terminal to ask at; pass --yes")
    if not typer.confirm(question, err=True):
        raise Refused("nothing was done")
