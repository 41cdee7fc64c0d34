"""`handover dead-letters groups`, `list`, `show` and `history`."""

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.database import in_database
from worker.cli.dead_letters.options import (
    ErrorText,
    Fingerprints,
    LetterId,
    Limit,
    Reasons,
    Since,
    States,
    Until,
    chosen,
)
from worker.cli.options import Json, OfContact, OfTenant

if TYPE_CHECKING:
    from asyncpg import Connection

    from worker.letters.shapes import ShownLetter

SHOWN = 100
"""Rows of a table, unless --limit says otherwise."""


def groups(
    *,
    reason: Reasons = None,
    tenant: OfTenant = None,
    contact: OfContact = None,
    error: ErrorText = None,
    since: Since = None,
    until: Until = None,
    fingerprint: Fingerprints = None,
    state: States = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Show letters by cause, the largest group first: how many, since when, whose, and one as an example."""
    from worker.cli.output import show_rows
    from worker.letters.finding import grouped
    from worker.letters.shapes import Group

    which = chosen(
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
        state=state,
    )
    found = in_database(lambda connection: grouped(connection, which, limit=limit))
    show_rows(Group, found, as_json=as_json)


def list_(
    *,
    reason: Reasons = None,
    tenant: OfTenant = None,
    contact: OfContact = None,
    error: ErrorText = None,
    since: Since = None,
    until: Until = None,
    fingerprint: Fingerprints = None,
    state: States = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """List letters, the last to fail first. A table has 100 unless --limit says otherwise; JSON has all."""
    from worker.cli.output import say, show_rows
    from worker.letters.finding import listed
    from worker.letters.shapes import ListedLetter

    which = chosen(
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
        state=state,
    )
    most = limit if as_json or limit else SHOWN + 1
    found = in_database(lambda connection: listed(connection, which, limit=most, newest_first=True))
    cut = found if as_json or limit else found[:SHOWN]
    show_rows(ListedLetter, cut, as_json=as_json)
    if len(cut) < len(found):
        say(f"there are more than these {SHOWN}: see `handover dead-letters groups`, or pass --limit")


def show(letter_id: LetterId, *, as_json: Json = False) -> None:
    """Show all there is of a letter: the message, why it failed, what a replay would do, what happened to it since."""
    from worker.cli.dead_letters.portrait import portrait
    from worker.cli.output import emit

    found = in_database(lambda connection: _shown(connection, letter_id))
    if as_json:
        from pydantic_core import to_json

        emit(to_json(found).decode())
    else:
        emit(portrait(found))


async def _shown(connection: "Connection", letter_id: "LetterId") -> "ShownLetter":
    from worker.letters.showing import shown

    return await shown(connection, letter_id)


def history(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """List what was done with letters, the latest first: who, when, which letters, what became of them."""
    from worker.cli.output import show_table, table
    from worker.letters.auditing import recorded

    found = in_database(lambda connection: recorded(connection, limit=limit))
    if as_json:
        from worker.cli.output import show_rows
        from worker.letters.shapes import AuditRow

        show_rows(AuditRow, found, as_json=True)
        return
    show_table(
        table(
            ("id", "action", "actor", "state", "started at", "letters", "stopped by"),
            (
                (
                    row.id,
                    row.action,
                    row.actor,
                    row.state,
                    row.started_at,
                    tuple(f"{outcome}={count}" for outcome, count in row.letters.items()),
                    row.stopped_by,
                )
                for row in found
            ),
        )
    )
