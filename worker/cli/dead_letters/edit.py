"""`handover dead-letters edit`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.dead_letters.database import on_letters
from worker.cli.dead_letters.options import As, LetterId, actor
from worker.cli.dead_letters.replay import WAIT, Force, Wait
from worker.cli.failures import PartlyDone, Refused
from worker.cli.options import DryRun, Json

if TYPE_CHECKING:
    from uuid import UUID

    from asyncpg import Connection

    from worker.letters import Letter
    from worker.letters.editing import Edited
    from worker.letters.judging import Judged


def edit(
    letter_id: LetterId,
    *,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Such as data.contactId=254745050238; may be repeated."
        ),
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="Instead: a CloudEvent, or its data; `-` for stdin."),
    ] = None,
    dry_run: DryRun = False,
    force: Force = False,
    wait: Wait = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Replay an edited copy of an open letter, under an event id of its own that names the original.

    Without --set and --body it opens $EDITOR. The letter stays as it was, superseded by its copy; should the copy
    fail, it is a letter of its own.
    """
    import asyncio
    from uuid import uuid4

    from worker.cli.dead_letters.rewriting import rewritten

    letter, number = on_letters(lambda connection: _open_letter(connection, letter_id))
    changes = set_ or []
    copy = rewritten(letter, number, changes, body)
    judged = on_letters(lambda connection: _judged(connection, letter, copy, force=force))
    if dry_run:
        _rehearse(copy, judged)
        return
    from worker.cli.dead_letters.conduct import replay_copy
    from worker.letters import Filter
    from worker.letters.auditing import Order

    options: dict[str, Any] = {"rate": None, "canary": None, "stop_after_failures": None, "force": force}
    how = {
        "set": changes,
        "body": None if body is None else str(body),
        "wait": WAIT if wait is None else wait,
    }
    order = Order(uuid4(), "edit", actor(as_), Filter(ids=[letter.id], states=None), {**options, **how})
    asyncio.run(replay_copy(order, judged, copy.copy, as_json=as_json))
    if not judged[1].sends:
        raise PartlyDone(f"the copy was not sent: {judged[1].detail}; --force sends it all the same")


async def _open_letter(connection: "Connection", letter_id: "UUID") -> "tuple[Letter, int]":
    """The letter, and the number of its next copy."""
    from worker import sql
    from worker.letters.finding import one

    letter = await one(connection, letter_id)
    if letter.state != "open":
        raise Refused(f"letter {letter.id} is {letter.state}: only an open one can be edited")
    return letter, 1 + await connection.fetchval(sql.count_edits, letter.id)


async def _judged(connection: "Connection", letter: "Letter", copy: "Edited", *, force: bool) -> "Judged":
    from worker.core.replaying import judge
    from worker.letters.judging import looked_up

    [candidate] = await looked_up(connection, [copy.candidate(letter)])
    return candidate, judge(candidate.findings, force=force)


def _rehearse(copy: "Edited", judged: "Judged") -> None:
    from worker.cli.output import emit, say

    emit(copy.copy.body.decode())
    judgement = judged[1]
    say(
        "would be sent; nothing was done"
        if judgement.sends
        else f"would not be sent: {judgement.detail}; --force would"
    )
