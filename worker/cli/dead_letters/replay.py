"""`handover dead-letters replay`."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from worker.cli.database import in_database
from worker.cli.dead_letters.options import (
    All,
    ErrorText,
    Fingerprints,
    Limit,
    Reasons,
    Since,
    Until,
    chosen,
    require_choice,
)
from worker.cli.failures import Refused
from worker.cli.options import As, DryRun, Json, OfContact, OfTenant, not_both

if TYPE_CHECKING:
    from asyncpg import Connection

    from worker.letters import Filter
    from worker.letters.shapes import PlannedGroup

WAIT = 60.0
COLUMNS = ("fingerprint", "error", "letters", "sent", "broken", "handled", "superseded", "why not")

Ids = Annotated[
    list[UUID] | None, typer.Argument(metavar="[ID]...", help="Letters; with --resume, the replay.")
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Send also what was handled meanwhile, has a newer handover, or is refused."
    ),
]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.01, metavar="N", help="At most N letters a second.")
]
Canary = Annotated[
    int | None,
    typer.Option("--canary", min=1, metavar="N", help="Send N, and go on only if all of them are handled."),
]
StopAfter = Annotated[
    int | None,
    typer.Option("--stop-after-failures", min=1, metavar="N", help="Send no more after N failures."),
]
Wait = Annotated[
    float | None,
    typer.Option(
        "--wait", min=0.1, metavar="SECONDS", help=f"How long to wait for an outcome; {WAIT:.0f} s."
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with a replay that was left half-way: the newest, or this one."),
]

GiveUp = Annotated[
    bool,
    typer.Option("--give-up", help="With --resume: send no more; letters without an outcome are open again."),
]


def replay(
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
    force: Force = False,
    rate: Rate = None,
    canary: Canary = None,
    stop_after_failures: StopAfter = None,
    wait: Wait = None,
    resume: Resume = False,
    give_up: GiveUp = False,
    as_: As,
    as_json: Json = False,
) -> None:
    """Send open letters again as they came, the oldest first, and wait until each is handled or has failed again.

    A letter handled meanwhile, or whose contact had a newer handover handled, is passed over. Exit code 0: all the
    others were handled; 4: some were not; 3: there were none.
    """
    import asyncio

    which = chosen(
        ids=None if resume else ids,
        reason=reason,
        tenant=tenant,
        contact=contact,
        error=error,
        since=since,
        until=until,
        fingerprint=fingerprint,
    )
    pace = {"rate": rate, "canary": canary, "stop_after_failures": stop_after_failures}
    if resume:
        _resume_alone(ids, which, {**pace, "limit": limit, "all": everything or None, "force": force or None})
        not_both("--give-up", give_up, "--wait", wait is not None)
        from worker.cli.dead_letters.conduct import give_up_replay, resume_replay

        replay_id = ids[0] if ids else None
        asyncio.run(
            give_up_replay(replay_id, as_, as_json=as_json)
            if give_up
            else resume_replay(replay_id, as_, wait_seconds=wait, as_json=as_json)
        )
        return
    if give_up:
        raise Refused("--give-up goes with --resume")
    require_choice(which, everything=everything)
    if dry_run:
        in_database(lambda connection: _rehearse(connection, which, limit, force=force, as_json=as_json))
        return
    from worker.cli.dead_letters.conduct import replay_letters

    options = {**pace, "limit": limit, "force": force, "wait": WAIT if wait is None else wait}
    asyncio.run(replay_letters(which, options, as_, as_json=as_json))


def _resume_alone(ids: list[UUID] | None, which: "Filter", others: dict[str, Any]) -> None:
    from worker.letters import Filter

    if len(ids or ()) > 1 or which != Filter() or any(value is not None for value in others.values()):
        raise Refused("--resume goes on as the replay was begun; give it the replay's id at most, and --wait")


async def _rehearse(
    connection: "Connection", which: "Filter", limit: int | None, *, force: bool, as_json: bool
) -> None:
    from worker.cli.output import say, show_rows, show_table, table
    from worker.letters.candidates import candidates
    from worker.letters.rehearsal import groups
    from worker.letters.shapes import PlannedGroup

    found = await candidates(connection, which, limit, force=force)
    planned = groups(found.judged)
    if as_json:
        show_rows(PlannedGroup, planned, as_json=True)
    else:
        show_table(table(COLUMNS, map(_cells, planned)))
        sent = sum(group.sent for group in planned)
        say(f"would send {sent} of {len(found.judged)} letters; nothing was done")
    if found.left:
        say(f"{found.left} more match, and were not looked at: --limit is reached before")
    for letter_id, state in found.not_open:
        say(f"letter {letter_id} is {state}, not open")


def _cells(group: "PlannedGroup") -> tuple[object, ...]:
    would = group.would
    counts = (group.count, group.sent, would.broken, would.handled, would.superseded)
    return (group.fingerprint, group.error, *counts, group.detail)
