"""Which letters: the filters the commands share."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from worker.cli.failures import Refused
from worker.cli.options import moment, text

if TYPE_CHECKING:
    from worker.letters import Filter, State


class StateName(StrEnum):
    """A letter's state, or any."""

    open = "open"
    replaying = "replaying"
    replayed = "replayed"
    discarded = "discarded"
    superseded = "superseded"
    all = "all"


Ids = Annotated[list[UUID] | None, typer.Argument(metavar="[ID]...", help="Letters, by id.")]
LetterId = Annotated[UUID, typer.Argument(metavar="ID", help="The letter's id.")]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", metavar="REASON", help="Such as invalid-event or failed; may be repeated."),
]
Fingerprints = Annotated[
    list[str] | None,
    typer.Option("--fingerprint", metavar="GROUP", help="A group, see `groups`; may be repeated."),
]
ErrorText = Annotated[
    str | None,
    typer.Option("--error", metavar="TEXT", parser=text(1000), help="With this in the error."),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", metavar="TIME", parser=moment, help="Last failed since then: a time, or `2h`, `3d`."
    ),
]
Until = Annotated[
    datetime | None, typer.Option("--until", metavar="TIME", parser=moment, help="Last failed before then.")
]
States = Annotated[
    list[StateName] | None,
    typer.Option("--state", help="Open and replaying ones if not given; may be repeated."),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many.")]
All = Annotated[bool, typer.Option("--all", help="Every one of them, where no filter is given.")]


def chosen(
    *,
    ids: list[UUID] | None = None,
    reason: list[str] | None = None,
    tenant: str | None = None,
    contact: str | None = None,
    error: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    fingerprint: list[str] | None = None,
    state: list[StateName] | None = None,
) -> "Filter":
    """The filter the options say."""
    from worker.core.contact import spellings
    from worker.letters import UNSETTLED, Filter

    return Filter(
        ids=ids or None,
        states=states_of(state) if state else UNSETTLED,
        reasons=reason or None,
        tenant_id=tenant,
        contact_ids=spellings(contact) if contact else None,
        fingerprints=fingerprint or None,
        text=error,
        since=since,
        until=until,
    )


def require_choice(which: "Filter", *, everything: bool) -> None:
    """Raises Refused unless letters are named, or all of them are meant."""
    from dataclasses import replace

    from worker.letters import Filter

    filtered = replace(which, states=None) != Filter(states=None)
    if filtered and everything:
        raise Refused("--all and a filter exclude each other")
    if not filtered and not everything:
        raise Refused("say which letters: by id, by a filter such as --fingerprint or --reason, or --all")


def states_of(names: Sequence[StateName]) -> "Sequence[State] | None":
    from worker.letters import STATES

    return None if StateName.all in names else [state for state in STATES if state in names]
