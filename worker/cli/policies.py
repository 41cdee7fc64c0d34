"""The flags of a policy, which a team may have and a tenant, and of a team's hours."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.failures import Refused
from worker.cli.options import INT4, not_both

if TYPE_CHECKING:
    from worker.roster import PolicyChange


class Leaving(StrEnum):
    """What becomes of the sessions of an agent who leaves."""

    keep = "keep"
    release_unaccepted = "release-unaccepted"
    release_all = "release-all"


AcceptSeconds = Annotated[
    int | None,
    typer.Option(
        "--accept-seconds", min=1, max=INT4, help="A session not accepted for so long goes to the next agent."
    ),
]
NoAccept = Annotated[bool, typer.Option("--no-accept", help="No time to accept of its own.")]
OnOffline = Annotated[
    Leaving | None,
    typer.Option("--on-offline", help="What becomes of sessions whose agent goes offline; keep by default."),
]
OnRemoved = Annotated[
    Leaving | None,
    typer.Option(
        "--on-removed",
        help="What becomes of sessions whose agent is removed or inactive; release-all by default.",
    ),
]
GraceSeconds = Annotated[
    int | None,
    typer.Option(
        "--grace-seconds", min=0, max=INT4, help="How long an agent may be gone before that happens."
    ),
]
NoPolicy = Annotated[
    bool, typer.Option("--no-policy", help="Nothing of its own, but for what is given with this.")
]
Hours = Annotated[
    Path | None,
    typer.Option(
        "--hours",
        metavar="FILE",
        help='When it is open, JSON, `-` for stdin: {"timezone": "Africa/Nairobi", "days":'
        ' {"monday": [{"start": "08:00", "end": "17:00"}]}}.',
    ),
]
Manual = Annotated[
    bool | None, typer.Option("--manual/--no-manual", help="People assign its sessions, not the worker.")
]


def policy_change(
    accept_seconds: int | None,
    on_offline: Leaving | None,
    on_removed: Leaving | None,
    grace_seconds: int | None,
    *,
    no_accept: bool = False,
    none: bool = False,
) -> "PolicyChange":
    """What the flags of a policy ask for. Raises Refused."""
    from worker.roster import PolicyChange

    not_both("--accept-seconds", accept_seconds is not None, "--no-accept", no_accept)
    return PolicyChange(
        none=none,
        no_accept=no_accept,
        accept_seconds=accept_seconds,
        on_offline=on_offline.value if on_offline else None,
        on_removed=on_removed.value if on_removed else None,
        grace_seconds=grace_seconds,
    )


def read_hours(path: Path | None) -> dict[str, Any] | None:
    """The schedule in a file, which can be followed; None if no file is given. Raises Refused."""
    if path is None:
        return None
    from pydantic_core import from_json

    from worker.cli.lines import opened
    from worker.core.hours import BadSchedule, parse

    with opened(path) as stream:
        text = stream.read()
    try:
        schedule: dict[str, Any] = from_json(text, allow_inf_nan=False)
        parse(schedule)
    except BadSchedule as error:
        raise Refused(f"--hours: {error}") from error
    except ValueError as error:
        raise Refused(f"--hours is not JSON: {error}") from error
    return schedule
