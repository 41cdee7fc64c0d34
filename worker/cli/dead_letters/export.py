"""`handover dead-letters export`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.database import in_database
from worker.cli.dead_letters.options import (
    ErrorText,
    Fingerprints,
    Ids,
    Limit,
    Reasons,
    Since,
    States,
    Until,
    chosen,
)
from worker.cli.failures import PartlyDone
from worker.cli.options import OfContact, OfTenant

if TYPE_CHECKING:
    from asyncpg import Connection

    from worker.letters import Filter, Letter

CHUNK = 500


def export(
    ids: Ids = None,
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
    raw: Annotated[
        bool, typer.Option("--raw", help="The letters themselves, byte for byte; not to be published.")
    ] = False,
) -> None:
    """Print letters as JSON Lines, the oldest first: each the event it is, for `handover publish --file`.

    One that is no event anybody could publish is named on stderr, and the exit code is 4; --raw prints those too.
    """
    which = chosen(
        ids=ids,
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
        state=state,
    )
    left_out = in_database(lambda connection: _export(connection, which, limit, raw=raw))
    if left_out:
        raise PartlyDone(f"{left_out} letters are no events that can be published; --raw exports them too")


async def _export(connection: "Connection", which: "Filter", limit: int | None, *, raw: bool) -> int:
    from worker.letters.finding import listed, whole

    left_out = 0
    found = [letter.id for letter in await listed(connection, which, limit=limit)]
    for start in range(0, len(found), CHUNK):
        letters = await whole(connection, found[start : start + CHUNK])
        left_out += _print_raw(letters) if raw else _print_events(letters)
    return left_out


def _print_raw(letters: "Sequence[Letter]") -> int:
    from pydantic_core import to_json

    from worker.cli.output import emit
    from worker.letters.showing import raw

    for letter in letters:
        emit(to_json(raw(letter)).decode())
    return 0


def _print_events(letters: "Sequence[Letter]") -> int:
    from schemas import EventError
    from worker.cli.output import emit, say
    from worker.letters.document import line_of

    left_out = 0
    for letter in letters:
        try:
            emit(line_of(letter))
        except EventError as error:
            say(f"handover: letter {letter.id}: {error}")
            left_out += 1
    return left_out
