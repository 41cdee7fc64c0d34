"""`/api/letters/replay`, `/api/letters/{id}/edit`: letters sent again, as `handover dead-letters` does it."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from pydantic_core import from_json, to_json

from worker.console.dead_letters import MOST, UNTIL, Chosen
from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.masking import Hidden
from worker.console.refusal import Refusal
from worker.console.replays import Progress
from worker.letters import Filter
from worker.letters.auditing import Order, unfinished
from worker.letters.candidates import candidates, not_open
from worker.letters.copying import judged_copy, open_letter, rewritten
from worker.letters.document import Document, event_of, event_of_body
from worker.letters.editing import Edited
from worker.letters.rehearsal import groups
from worker.letters.replays import give_up, resume, start, terms_of
from worker.letters.shapes import PlannedGroup, Today

WAIT_SECONDS = 60.0


class Replaying(Chosen):
    """As the command's options of these names."""

    force: bool = False
    rate: Annotated[float | None, Field(ge=0.01, le=MOST)] = None
    canary: Annotated[int | None, Field(ge=1, le=MOST)] = None
    stop_after_failures: Annotated[int | None, Field(ge=1, le=MOST)] = None
    wait: Annotated[float, Field(ge=0.1, le=3600)] = WAIT_SECONDS


class Editing(Asked):
    """Either a `body`, a CloudEvent or its data, as an object or as text; or what to `set`, as path=value; or both."""

    set_: Annotated[Sequence[str], Field(alias="set")] = ()
    body: dict[str, Any] | str | None = None
    dry_run: bool = False
    force: bool = False
    wait: Annotated[float, Field(ge=0.1, le=3600)] = WAIT_SECONDS


class Resuming(Asked):
    """`giveUp`: nothing more is sent, and letters without an outcome are open again."""

    give_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Of a dry run `groups`, as `replay --dry-run --json`; else the id of the replay, of which `/api/live` tells."""

    replay: UUID | None = None
    total: Annotated[int, Field(description="With a `limit` no more than had to be looked at.")] = 0
    groups: Sequence[PlannedGroup] = ()
    not_open: Annotated[
        int, Field(alias="notOpen", description="Letters that were named and are not open.")
    ] = 0
    until: Annotated[datetime | None, Field(description=UNTIL)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Of a dry run the copy's event and what would become of it; else the id of the replay."""

    replay: UUID | None = None
    event: Document | None = None
    today: Today


async def replay(console: Console, *, visitor: Visitor, body: Replaying) -> Sent | Hidden:
    """As `handover dead-letters replay`."""
    if body.dry_run:
        async with console.desk.acting() as connection:
            which = await body.as_of_now(connection)
            found = await candidates(connection, which, body.limit, force=body.force)
        closed, until = len(found.not_open), which.until
        planned = groups(found.judged)
        return Hidden(Sent(groups=planned, total=len(found.judged), not_open=closed, until=until))
    which = body.which()
    options = {
        "rate": body.rate,
        "canary": body.canary,
        "stop_after_failures": body.stop_after_failures,
        "limit": body.limit,
        "force": body.force,
        "wait": body.wait,
    }
    order = Order(uuid4(), "replay", visitor.name or "", which, options)
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(console.desk.acting())
        found = await candidates(connection, which, body.limit, force=body.force)
        progress = _progress(order, len(found.judged) + len(found.not_open))
        console.replays.begin(
            progress,
            terms_of(options),
            await console.replays.line(stack),
            lambda setting: start(connection, order, found.judged, setting),
            [not_open(order.id, *each) for each in found.not_open],
        )
    return Sent(replay=order.id, total=progress.total, not_open=len(found.not_open))


async def edit(console: Console, *, visitor: Visitor, item: UUID, body: Editing) -> Copied:
    """As `handover dead-letters edit`."""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(console.desk.acting())
        letter, number = await open_letter(connection, item)
        event = event_of(letter) if body.body is None else event_of_body(_bytes(body.body))
        copy = rewritten(letter, number, event, body.set_)
        judged = await judged_copy(connection, letter, copy, force=body.force)
        today = Today(judged[1].verdict, judged[1].detail)
        if body.dry_run:
            return Copied(event=_event(copy), today=today)
        if not judged[1].sends:
            raise Refusal(409, f"nothing was sent: {today.detail}; force sends it all the same")
        options = {
            "rate": None,
            "canary": None,
            "stop_after_failures": None,
            "force": body.force,
            "set": body.set_,
            "body": body.body is not None,
            "wait": body.wait,
        }
        order = Order(uuid4(), "edit", visitor.name or "", Filter(ids=[letter.id], states=None), options)
        console.replays.begin(
            _progress(order, 1),
            terms_of(options),
            await console.replays.line(stack),
            lambda setting: start(connection, order, [judged], setting, copy.copy),
        )
    return Copied(replay=order.id, today=today)


async def go_on(console: Console, *, visitor: Visitor, item: UUID, body: Resuming) -> Sent:
    """As `handover dead-letters replay --resume`. Raises StillRunning."""
    console.replays.require_ended(item)
    actor = visitor.name or ""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(console.desk.acting())
        found = await unfinished(connection, item)
        console.replays.begin(
            Progress(replay=found.id, action=found.action, actor=actor, total=found.held),
            terms_of(found.options),
            await console.replays.line(stack),
            lambda setting: (
                give_up(connection, found, actor, setting.report)
                if body.give_up
                else resume(connection, found, actor, setting)
            ),
        )
    return Sent(replay=found.id, total=found.held)


def _progress(order: Order, total: int) -> Progress:
    return Progress(replay=order.id, action=order.action, actor=order.actor, total=total)


def _bytes(body: Mapping[str, Any] | str) -> bytes:
    return body.encode() if isinstance(body, str) else to_json(body)


def _event(copy: Edited) -> Document:
    event: Document = from_json(copy.copy.body)
    return event


ENDPOINTS = [
    Endpoint("POST", "/api/letters/replay", "Send letters again as they came.", replay, Sent, body=Replaying),
    Endpoint(
        "POST", "/api/letters/{id}/edit", "Send an edited copy of a letter.", edit, Copied, body=Editing
    ),
    Endpoint("POST", "/api/letters/replays/{id}/resume", "Go on with a replay.", go_on, Sent, body=Resuming),
]
