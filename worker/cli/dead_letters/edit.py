"""`handover dead-letters edit`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.database import in_database
from worker.cli.dead_letters.options import LetterId
from worker.cli.dead_letters.replay import WAIT, Force, Wait
from worker.cli.failures import PartlyDone
from worker.cli.options import As, DryRun, Json

if TYPE_CHECKING:
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
    as_: As,
    as_json: Json = False,
) -> None:
    """Replay an edited copy of an open letter, under an event id of its own that names the original.

    Without --set and --body it opens $EDITOR. The letter stays as it was, superseded by its copy; should the copy
    fail, it is a letter of its own.
    """
    import asyncio
    from uuid import uuid4

    from worker.cli.dead_letters.rewriting import written_copy
    from worker.letters.copying import judged_copy, open_letter

    letter, number = in_database(lambda connection: open_letter(connection, letter_id))
    changes = set_ or []
    copy = written_copy(letter, number, changes, body)
    judged = in_database(lambda connection: judged_copy(connection, letter, copy, force=force))
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
    order = Order(uuid4(), "edit", as_, Filter(ids=[letter.id], states=None), {**options, **how})
    asyncio.run(replay_copy(order, judged, copy.copy, as_json=as_json))
    if not judged[1].sends:
        raise PartlyDone(f"the copy was not sent: {judged[1].detail}; --force sends it all the same")


def _rehearse(copy: "Edited", judged: "Judged") -> None:
    from worker.cli.output import emit, say

    emit(copy.copy.body.decode())
    judgement = judged[1]
    say(
        "would be sent; nothing was done"
        if judgement.sends
        else f"would not be sent: {judgement.detail}; --force would"
    )
