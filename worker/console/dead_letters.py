"""`/api/letters`: dead letters as `handover dead-letters` lists, shows, discards and restores them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from asyncpg import Connection
from pydantic import Field

from worker import sql
from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.masking import Hidden, sized
from worker.console.refusal import Refusal
from worker.console.revealing import Reveal, reveals
from worker.core.contact import spellings
from worker.letters import UNSETTLED, Filter, State
from worker.letters.auditing import Order, recorded
from worker.letters.finding import grouped, listed
from worker.letters.setting_aside import DISCARD, RESTORE, Move, movable, move
from worker.letters.shapes import Action, AuditRow, Body, Group, ListedLetter, SetAside, ShownLetter
from worker.letters.showing import shown

DEEPEST = 10_000
"""How far a list of letters can be leafed through; groups and filters lead further."""

MOST = 1_000_000
"""Letters that one act may be about."""

UNTIL = "Of a dry run: given back as the filter's `until`, letters that came later are not meant."


@dataclass(frozen=True, slots=True)
class Letters:
    """A page of letters, the last to fail first; `next` is the `before` of the page behind it, if there is one."""

    letters: Sequence[ListedLetter]
    next: str | None


@dataclass(frozen=True, slots=True)
class Groups:
    """Letters by cause, the largest group first."""

    groups: Sequence[Group]


@dataclass(frozen=True, slots=True)
class History:
    """What was done with letters, the latest first."""

    actions: Sequence[AuditRow]


@dataclass(frozen=True, slots=True)
class Moved(SetAside):
    """As the command has it."""

    until: Annotated[datetime | None, Field(description=UNTIL)] = None


class WhichLetters(Asked):
    """As the commands' options of these names; open and replaying ones if no `state` is given."""

    state: list[State] | None = None
    reason: list[str] | None = None
    tenant: str | None = None
    contact: Annotated[str | None, Field(max_length=200)] = None
    error: Annotated[str | None, Field(max_length=1000, description="Part of the error.")] = None
    since: datetime | None = None
    until: datetime | None = None
    fingerprint: list[str] | None = None
    ids: list[UUID] | None = None

    def filter(self) -> Filter:
        """The same, as letters are found by it; an empty text or list says nothing."""
        contact = _said(self.contact)
        return Filter(
            ids=self.ids or None,
            states=self.state or UNSETTLED,
            reasons=self.reason or None,
            tenant_id=_said(self.tenant),
            contact_ids=spellings(contact) if contact else None,
            fingerprints=self.fingerprint or None,
            text=_said(self.error),
            since=_aware(self.since),
            until=_aware(self.until),
        )


class LettersPage(WhichLetters):
    """Which, how many, and behind which page."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    before: Annotated[int, Field(ge=0, le=DEEPEST, description="The `next` of the page before.")] = 0
    reveal: bool = False


class Chosen(Asked):
    """Letters by their ids, or by a filter that says something besides the state; empty texts and lists say nothing."""

    ids: list[UUID] | None = None
    filter: WhichLetters | None = None
    limit: Annotated[int | None, Field(ge=1, le=MOST)] = None
    dry_run: bool = False

    def which(self) -> Filter:
        """The letters. Raises Refusal unless they are named in one way."""
        filtered = self.filter.filter() if self.filter else Filter()
        says_something = replace(filtered, states=UNSETTLED) != Filter()
        if bool(self.ids) == says_something:
            raise Refusal(422, "say which letters: either ids, or a filter such as a fingerprint or a reason")
        return filtered if says_something else Filter(ids=self.ids)

    async def as_of_now(self, connection: Connection) -> Filter:
        """The letters, but for those that come later."""
        which = self.which()
        now: datetime = await connection.fetchval(sql.tell_time)
        return replace(which, until=min(now, which.until or now))


async def groups(console: Console, *, visitor: Visitor, query: LettersPage) -> Groups | Hidden:
    """As `handover dead-letters groups`."""
    _require_leave_to_find(console, visitor, query)
    async with console.desk.reading() as connection:
        found = Groups(await grouped(connection, query.filter(), limit=query.limit))
    return found if reveals(console, visitor, reveal=query.reveal) else Hidden(found)


async def letters(console: Console, *, visitor: Visitor, query: LettersPage) -> Letters | Hidden:
    """As `handover dead-letters list`."""
    _require_leave_to_find(console, visitor, query)
    end = query.before + query.limit
    async with console.desk.reading() as connection:
        rows = await listed(connection, query.filter(), limit=end + 1, newest_first=True)
    found = Letters(rows[query.before : end], str(end) if len(rows) > end and end <= DEEPEST else None)
    if reveals(console, visitor, reveal=query.reveal):
        return found
    return Hidden(found, [each.contact_id for each in found.letters])


async def letter(console: Console, *, visitor: Visitor, item: UUID, query: Reveal) -> ShownLetter | Hidden:
    """As `handover dead-letters show`."""
    async with console.desk.reading() as connection:
        found = await shown(connection, item)
    revealed = reveals(console, visitor, reveal=query.reveal)
    return found if revealed else Hidden(_sized(found), [found.contact_id])


async def history(console: Console, *, visitor: Visitor) -> Hidden:
    """As `handover dead-letters history`."""
    del visitor
    async with console.desk.reading() as connection:
        return Hidden(History(await recorded(connection, limit=50)))


async def discard(console: Console, *, visitor: Visitor, body: Chosen) -> Moved:
    """As `handover dead-letters discard`."""
    return await _move(console, visitor, body, "discard", DISCARD)


async def restore(console: Console, *, visitor: Visitor, body: Chosen) -> Moved:
    """As `handover dead-letters restore`."""
    return await _move(console, visitor, body, "restore", RESTORE)


def _require_leave_to_find(console: Console, visitor: Visitor, query: WhichLetters) -> None:
    """Raises Refusal for who asks for what is masked to them: found piece by piece, it would not be."""
    if (query.contact or query.error) and not console.gate.may_reveal(visitor):
        raise Refusal(
            401, "log in with the console's token to find letters by contact or error, which hold ids"
        )


async def _move(console: Console, visitor: Visitor, body: Chosen, action: Action, how: Move) -> Moved:
    async with console.desk.acting() as connection:
        which = await body.as_of_now(connection)
        found = await movable(connection, which, how, body.limit)
        if body.dry_run:
            return Moved(None, action, len(found), dry_run=True, until=which.until)
        order = Order(uuid4(), action, visitor.name or "", which, {"limit": body.limit})
        count = await move(connection, order, found, how)
    console.news.count += 1
    return Moved(order.id, action, count, dry_run=False)


def _sized(letter: ShownLetter) -> ShownLetter:
    if letter.body.encoding != "base64":
        return letter
    return replace(letter, body=Body("base64", sized(letter.body.content)))


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None


def _aware(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


ENDPOINTS = [
    Endpoint(
        "GET", "/api/letters/groups", "Letters by cause.", groups, Groups, query=LettersPage, shared=True
    ),
    Endpoint("GET", "/api/letters/history", "What was done with letters.", history, History, shared=True),
    Endpoint("GET", "/api/letters", "A page of letters.", letters, Letters, query=LettersPage, shared=True),
    Endpoint("GET", "/api/letters/{id}", "All there is of a letter.", letter, ShownLetter, query=Reveal),
    Endpoint("POST", "/api/letters/discard", "Set open letters aside.", discard, Moved, body=Chosen),
    Endpoint("POST", "/api/letters/restore", "Bring discarded letters back.", restore, Moved, body=Chosen),
]
