"""Doing something to many letters: shown first, agreed to, on record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from worker.cli.database import in_database

if TYPE_CHECKING:
    from asyncpg import Connection

    from worker.letters import Filter
    from worker.letters.auditing import Order
    from worker.letters.shapes import Action

FOR_GOOD = {"discard": "; `handover dead-letters restore` brings them back", "purge": " for good"}

Do = Callable[["Connection", "Order"], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and by whom."""

    action: "Action"
    which: "Filter"
    limit: int | None
    actor: str
    as_json: bool


def act(wish: Wish, found: Sequence[UUID], do: Do, *, dry_run: bool, yes: bool) -> None:
    """Do it to the letters found, unless it is only to be shown. Raises Refused without a yes."""
    from worker.cli.consent import obtain
    from worker.cli.output import say
    from worker.letters.auditing import Order

    if dry_run or not found:
        _tell(wish, None, len(found), dry_run=dry_run)
        return
    if not yes:
        say(f"{wish.action}s {len(found)} letters{FOR_GOOD.get(wish.action, '')}")
        obtain(f"{wish.action.capitalize()} them?", yes=yes)
    options: dict[str, Any] = {"limit": wish.limit}
    order = Order(uuid4(), wish.action, wish.actor, wish.which, options)
    count = in_database(lambda connection: do(connection, order))
    _tell(wish, order.id, count, dry_run=False)


def _tell(wish: Wish, action_id: UUID | None, letters: int, *, dry_run: bool) -> None:
    from worker.cli.output import say, show_rows
    from worker.letters.shapes import SetAside

    if wish.as_json:
        show_rows(SetAside, [SetAside(action_id, wish.action, letters, dry_run)], as_json=True)
    else:
        say(f"would {wish.action} {letters} letters" if dry_run else f"{wish.action}: {letters} letters")
