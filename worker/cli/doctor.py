"""`handover doctor`."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.failures import Code

if TYPE_CHECKING:
    from worker.core.diagnosis import Finding, State

NAME_WIDTH = 13


def doctor(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines instead: check, state, says, mend.")
    ] = False,
) -> None:
    """Look at everything the worker depends on, change nothing, and say what is wrong and what mends it.

    Each line is ok, warn or fail; a command that mends it follows. Exit codes: 0 nothing failed (there may be
    warnings), 1 something did, 5 PostgreSQL or RabbitMQ is not reachable.

    AMQP does not tell of bindings: whether anybody subscribes to session events is seen only with
    HANDOVER_MANAGEMENT_URL set. The broker's clock is not seen at all.
    """
    import asyncio

    from worker.cli.settings import load
    from worker.cli.variables import address
    from worker.core.diagnosis import Verdict, verdict
    from worker.doctor import Address, examine
    from worker.topology import Topology

    settings = load()
    findings = asyncio.run(
        examine(
            Address(settings.dsn, address(settings.dsn)),
            Address(settings.amqp, address(settings.amqp)),
            Topology(settings.exchange, settings.sessions_exchange),
            settings.management,
        )
    )
    (_print_json if as_json else _print)(findings)
    codes = {Verdict.WELL: Code.DONE, Verdict.ILL: Code.FAILED, Verdict.UNREACHABLE: Code.UNREACHABLE}
    raise typer.Exit(codes[verdict(findings)])


def _print_json(findings: "Sequence[Finding]") -> None:
    from pydantic_core import to_json

    from worker.cli.output import emit

    for finding in findings:
        line = {
            "check": finding.check,
            "state": finding.state,
            "says": finding.says,
            "mend": finding.mend,
        }
        emit(to_json(line).decode())


def _print(findings: "Sequence[Finding]") -> None:
    from worker.cli.output import emit, printable

    for finding in findings:
        emit(f"{_word(finding.state)}  {finding.check:{NAME_WIDTH}}  {printable(finding.says)}")
        if finding.mend:
            emit(f"{'':{NAME_WIDTH + 8}}{printable(finding.mend)}")


def _word(state: "State") -> str:
    word = f"{state.value:4}"
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return word
    return typer.style(word, fg={"ok": "green", "warn": "yellow", "fail": "red"}[state.value], bold=True)
