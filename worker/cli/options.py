"""Options that commands share, and what they accept."""

import getpass
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from worker.cli.failures import Refused
from worker.durations import UNITS

INT4 = 2**31 - 1

_AGO = re.compile(r"(\d{1,9})([wdhms])", re.ASCII)


class Status(StrEnum):
    """An agent's presence."""

    online = "online"
    busy = "busy"
    offline = "offline"


def not_both(one: str, first: bool, other: str, second: bool) -> None:
    """Raises Refused when two flags that exclude each other are given."""
    if first and second:
        raise Refused(f"{one} and {other} exclude each other")


def text(limit: int) -> Callable[[str], str]:
    """A parser of text that is not blank, and fits; outer white space is dropped."""

    def parse(value: str) -> str:
        stripped = value.strip()
        if not 1 <= len(stripped) <= limit:
            raise typer.BadParameter(f"has {len(stripped)} characters; 1 to {limit} are allowed")
        try:
            stripped.encode()
        except UnicodeEncodeError as error:
            raise typer.BadParameter("is not UTF-8") from error
        return stripped

    return parse


def moment(value: str) -> datetime:
    """A parser of times: ISO 8601, UTC as they are printed unless it says otherwise, or how long ago: 90s, 3d, 1w."""
    try:
        if ago := _AGO.fullmatch(value.strip().lower()):
            return datetime.now(UTC) - int(ago[1]) * UNITS[ago[2]]
        time = datetime.fromisoformat(value.strip())
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{value!r} is neither a time such as 2026-11-22T08:00 nor an age such as 90s, 30m, 2h, 3d or 1w"
        ) from error


def login() -> str:
    """Who runs the command, as the system knows them."""
    try:
        return getpass.getuser()[:100]
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


Tenant = Annotated[str, typer.Option("--tenant", metavar="TENANT", parser=text(50), help="Whose it is.")]
OfTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="TENANT", parser=text(50), help="Only this tenant's.")
]
Name = Annotated[str, typer.Option("--name", metavar="NAME", parser=text(100))]
NewName = Annotated[str | None, typer.Option("--name", metavar="NAME", parser=text(100))]
NewId = Annotated[UUID | None, typer.Option("--id", help="Its id; one is made up if not given.")]
Presence = Annotated[Status | None, typer.Option("--status", help="Only who is online gets sessions.")]
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="TEXT", parser=text(100), help="Why the status is what it is, for people."
    ),
]
MaxSessions = Annotated[
    int | None,
    typer.Option(
        "--max-sessions", min=0, max=INT4, help="Most sessions open at a time; unlimited if not given."
    ),
]
Teams = Annotated[
    list[UUID] | None, typer.Option("--team", help="A team the agent is in, by id; may be repeated.")
]
Skills = Annotated[
    list[str] | None,
    typer.Option("--skill", metavar="SKILL", parser=text(100), help="What the agent knows; may be repeated."),
]
Active = Annotated[bool | None, typer.Option("--active/--inactive")]
WithConsole = Annotated[
    bool, typer.Option("--console", help="Run `handover console` beside it, as a process of its own.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON Lines instead of a table.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Contact = Annotated[
    str,
    typer.Option(
        "--contact",
        metavar="CONTACT",
        parser=text(200),
        help="Who the customer is, as people write it: '+254 745 050 238'.",
    ),
]
As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="WHO",
        default_factory=login,
        show_default=False,
        parser=text(100),
        help="Who does it, for the audit; your login name if not given.",
    ),
]
OfContact = Annotated[
    str | None,
    typer.Option(
        "--contact", metavar="CONTACT", parser=text(200), help="Only this customer's, as people write it."
    ),
]
Moment = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        metavar="TIME",
        parser=moment,
        help="Only those opened since: 30m, 2h, 3d, or ISO 8601 (UTC unless it says otherwise).",
    ),
]
