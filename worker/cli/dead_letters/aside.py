"""`handover dead-letters discard`, `restore` and `purge`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.database import in_database
from worker.cli.dead_letters.act import Wish, act
from worker.cli.dead_letters.options import (
    All,
    ErrorText,
    Fingerprints,
    Ids,
    Limit,
    Reasons,
    Since,
    StateName,
    Until,
    chosen,
    require_choice,
    states_of,
)
from worker.cli.failures import Refused
from worker.cli.options import As, DryRun, Json, OfContact, OfTenant, Yes, moment

if TYPE_CHECKING:
    from worker.letters.setting_aside import Move

CLOSED = (StateName.replayed, StateName.discarded, StateName.superseded)


def discard(
    ids: Ids = None,
    *,
    everything: All = False,
    reason: Reasons = None,
    tenant: OfTenant = None,
    contact: OfContact = None,
    error: ErrorText = None,
    since: Since = None,
    until: Until = None,
    fingerprint: Fingerprints = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_: As,
    as_json: Json = False,
) -> None:
    """Set open letters aside: they are kept, but neither listed nor replayed until `restore` brings them back."""
    from worker.letters.setting_aside import DISCARD

    which = chosen(
        ids=ids,
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
    )
    require_choice(which, everything=everything)
    _move(Wish("discard", which, limit, as_, as_json), DISCARD, dry_run=dry_run, yes=yes)


def restore(
    ids: Ids = None,
    *,
    everything: All = False,
    reason: Reasons = None,
    tenant: OfTenant = None,
    contact: OfContact = None,
    error: ErrorText = None,
    since: Since = None,
    until: Until = None,
    fingerprint: Fingerprints = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    as_: As,
    as_json: Json = False,
) -> None:
    """Bring discarded letters back."""
    from worker.letters.setting_aside import RESTORE

    which = chosen(
        ids=ids,
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
    )
    require_choice(which, everything=everything)
    _move(Wish("restore", which, limit, as_, as_json), RESTORE, dry_run=dry_run, yes=True)


def purge(
    *,
    older_than: Annotated[
        datetime,
        typer.Option(
            "--older-than", metavar="TIME", parser=moment, help="Not touched since then: `30d`, a time."
        ),
    ],
    state: Annotated[
        list[StateName] | None,
        typer.Option(
            "--state", help="Replayed, discarded and superseded ones if not given; may be repeated."
        ),
    ] = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_: As,
    as_json: Json = False,
) -> None:
    """Delete letters that are done with, for good. What is being replayed is never deleted."""
    from worker.letters import Filter
    from worker.letters.setting_aside import purge as delete
    from worker.letters.setting_aside import purgeable

    states = states_of(state or CLOSED)
    if states is None or "replaying" in states:
        raise Refused("--state takes open, replayed, discarded and superseded here, each by itself")
    found = in_database(lambda connection: purgeable(connection, states, older_than, limit))
    act(
        Wish("purge", Filter(states=states, until=older_than), limit, as_, as_json),
        found,
        lambda connection, order: delete(connection, order, found, states, older_than),
        dry_run=dry_run,
        yes=yes,
    )


def _move(wish: "Wish", how: "Move", *, dry_run: bool, yes: bool) -> None:
    """Raises NoLetters when no letter matches, or one that was named does not."""
    from dataclasses import replace

    from worker.letters.setting_aside import movable, move

    found = in_database(lambda connection: movable(connection, wish.which, how, wish.limit))
    act(
        replace(wish, which=replace(wish.which, states=(how.origin,))),
        found,
        lambda connection, order: move(connection, order, found, how),
        dry_run=dry_run,
        yes=yes,
    )
