"""`/api/sessions/{id}/release|resolve|reassign|delete`: what `handover sessions` does, by the same functions."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.stories import whose_session
from worker.sessions import NotAllowed, Operation, Reassign, Release, Resolve, changes, deletion
from worker.sessions.deletion import Deletion
from worker.sessions.reports import Change, Removal, change, removal


class Act(Asked):
    """With `dryRun` nothing is done; with `sessionVersion` it is done only to what was seen."""

    dry_run: bool = False
    session_version: Annotated[int | None, Field(description="As the session was when it was looked at.")] = (
        None
    )


class Reassigning(Act):
    """To whom; `force` also gives it to who is inactive, not online, or full."""

    agent_id: UUID
    force: bool = False


class Deleting(Act):
    """`cascade` also deletes the rows whose foreign key forbids it."""

    cascade: bool = False


async def release(console: Console, *, visitor: Visitor, item: UUID, body: Act) -> Change:
    """As `handover sessions reset`."""
    return await _change(console, visitor, item, Release(), body)


async def resolve(console: Console, *, visitor: Visitor, item: UUID, body: Act) -> Change:
    """As `handover sessions resolve`."""
    return await _change(console, visitor, item, Resolve(), body)


async def reassign(console: Console, *, visitor: Visitor, item: UUID, body: Reassigning) -> Change:
    """As `handover sessions reassign`."""
    heartbeat = timedelta(seconds=console.settings.heartbeat_seconds) or None
    return await _change(console, visitor, item, Reassign(body.agent_id, body.force, heartbeat), body)


async def delete(console: Console, *, visitor: Visitor, item: UUID, body: Deleting) -> Removal:
    """As `handover sessions delete --session`; nothing is done when a foreign key forbids it."""
    async with console.desk.acting() as connection:
        whose = await whose_session(connection, item)
        wish = Deletion(whose, item, body.cascade, _actor(visitor))
        doomed = await deletion.foresee(connection, wish)
        for transition in doomed.transitions:
            _require_seen(body, transition.session.version - 1)
        if body.dry_run:
            return removal(doomed, done=False)
        deletion.require_leave(doomed.references)
        doomed = await deletion.carry_out(connection, wish, doomed)
    console.news.touch(item)
    return removal(doomed, done=True)


async def _change(console: Console, visitor: Visitor, item: UUID, operation: Operation, body: Act) -> Change:
    """Raises NotAllowed when the session is not the open one, or not as it was seen."""
    actor = _actor(visitor)
    async with console.desk.acting() as connection:
        whose = await whose_session(connection, item)
        outlook = await changes.foresee(connection, whose, operation, actor)
        if outlook.session.id != item:
            raise NotAllowed(
                f"session {item} is not open any more, nothing was done: {outlook.session.id} is"
            )
        _require_seen(body, outlook.session.version)
        done = outlook.transition is not None and not body.dry_run
        if done:
            outlook = await changes.carry_out(connection, whose, operation, actor, outlook.session)
    if done:
        console.news.touch(item)
    return change(outlook, done=done)


def _require_seen(body: Act, version: int) -> None:
    if body.session_version not in (None, version):
        raise NotAllowed("the session has changed since it was looked at, nothing was done: look again")


def _actor(visitor: Visitor) -> str:
    if visitor.name is None:
        raise NotAllowed("nobody is logged in, nothing was done")
    return visitor.name


ENDPOINTS = [
    Endpoint(
        "POST", "/api/sessions/{id}/release", "Take it from its agent; it waits.", release, Change, body=Act
    ),
    Endpoint("POST", "/api/sessions/{id}/resolve", "Resolve it.", resolve, Change, body=Act),
    Endpoint(
        "POST", "/api/sessions/{id}/reassign", "Give it to an agent.", reassign, Change, body=Reassigning
    ),
    Endpoint(
        "POST",
        "/api/sessions/{id}/delete",
        "Delete it, with what refers to it.",
        delete,
        Removal,
        body=Deleting,
    ),
]
