"""What a replay would do with a letter, and which letters may be sent next."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar
from uuid import UUID

Verdict = Literal["replay", "broken", "handled", "superseded"]
Contact = tuple[str, str]
"""Tenant id and contact id."""

MAX_EVENT_ID = 200
MAX_EVENT_ID_BYTES = 255


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known today of a letter.

    `problem` is why today's schema refuses it, `unsendable` why it cannot be sent as it was, `handled_for` the
    contact its event was handled for meanwhile, `newer_event_id` a later handover of its contact that was.
    """

    contact_id: str | None = None
    event_id: str | None = None
    problem: str | None = None
    unsendable: str | None = None
    handled_for: str | None = None
    handled_at: datetime | None = None
    newer_event_id: str | None = None
    newer_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a replay makes of a letter, why, and whether it sends it."""

    verdict: Verdict
    detail: str | None
    sends: bool


def judge(found: Findings, *, force: bool) -> Judgement:
    """Only what can still be handled is sent; `force` sends all that can be sent at all."""
    verdict, detail = _verdict(found)
    return Judgement(verdict, detail, sends=found.unsendable is None and (force or verdict == "replay"))


def _verdict(found: Findings) -> tuple[Verdict, str | None]:
    if problem := found.unsendable or found.problem:
        return "broken", problem
    if found.handled_for == found.contact_id and found.handled_for is not None:
        return "handled", f"event {found.event_id!r} was handled{_when(found.handled_at)}"
    if found.handled_for is not None:
        return "broken", (
            f"event id {found.event_id!r} was already handled for contact {found.handled_for!r}, this one names"
            f" {found.contact_id!r}: edit it, which gives it an id of its own"
        )
    if found.newer_event_id is not None:
        return (
            "superseded",
            f"event {found.newer_event_id!r} of the same contact was handled{_when(found.newer_at)}",
        )
    return "replay", None


def _when(time: datetime | None) -> str:
    return f" at {time:%Y-%m-%d %H:%M:%S} UTC" if time else ""


class Planned(Protocol):
    """A letter to be sent; no contact when it cannot be told whose it is."""

    @property
    def contact(self) -> Contact | None: ...


T = TypeVar("T", bound=Planned)


def next_to_send(waiting: Iterable[T], busy: Collection[Contact | None], room: int) -> list[T]:
    """The first of the waiting letters, `room` at most, of each contact only one, and none of the `busy` ones.

    A contact's next letter goes when the outcome of the one before is known: with many workers nothing else keeps
    their order.
    """
    chosen: list[T] = []
    taken = set(busy)
    for letter in waiting:
        if len(chosen) >= room:
            break
        if letter.contact is None or letter.contact not in taken:
            chosen.append(letter)
        taken.add(letter.contact)
    return chosen


def edited_id(original: str | None, letter_id: UUID, number: int) -> str:
    """The event id of a letter's edited copy: it names the original, and fits where an event id must."""
    suffix = f".edit-{number}"
    stem = (original or f"letter-{letter_id}")[: MAX_EVENT_ID - len(suffix)]
    while len(stem.encode()) + len(suffix) > MAX_EVENT_ID_BYTES:
        stem = stem[:-1]
    return stem + suffix
