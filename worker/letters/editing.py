"""An edited copy of a letter: what was changed, the id it goes under, the original it names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from schemas import EventError, Handover
from worker.core.letter import letter_id
from worker.core.replaying import Findings, edited_id
from worker.letters import Letter
from worker.letters.document import Document, event_of, handover_in
from worker.letters.judging import Candidate, candidate_of
from worker.letters.planning import Copy
from worker.letters.wire import copy_properties

ORIGINAL = "handoverreplayof"
"""The extension attribute that names the original's event id, or the letter where it had none."""

_TEXTS = {("id",), ("source",), ("type",), ("subject",)} | {
    ("data", name) for name in ("tenantId", "contactId", "contactName", "channel", "teamId")
}
"""What is text even where it looks like a number."""

_NUMBER = re.compile(r"\d+", re.ASCII)


class BadChange(Exception):
    """A change that cannot be made."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The copy, as the handover it is."""

    copy: Copy
    handover: Handover

    def candidate(self, letter: Letter) -> Candidate:
        """The letter, as what is sent for it."""
        found = Findings(contact_id=self.handover.contact_id, event_id=self.handover.event_id)
        return candidate_of(letter, self.handover, found)


def assignment(text: str) -> tuple[list[str], Any]:
    """`path=value`, the path dotted, the value JSON when it is, else text; a phone number is text. Raises BadChange."""
    path, equals, value = text.partition("=")
    if not equals or not all(steps := path.split(".")):
        raise BadChange(f"{text!r} is no change; write it as path=value, such as data.contactId=254745050238")
    try:
        parsed = from_json(value, allow_inf_nan=False)
    except ValueError:
        return steps, value
    return steps, value if tuple(steps) in _TEXTS and isinstance(parsed, int | float) else parsed


def changed(event: Document, steps: Sequence[str], value: Any) -> Document:
    """The event with the value at the path, objects on the way made as needed. Raises BadChange."""
    result: Document = _set(event, steps, value, ())
    return result


def edited(letter: Letter, event: Document, number: int) -> Edited:
    """The copy to send, the letter's `number`th; an id that was changed is kept, else it gets one.

    Raises schemas.EventError when it is no handover by today's schema.
    """
    original = original_id(letter)
    name = original or f"letter-{letter.id}"
    given = event.get("id")
    new_id = given if isinstance(given, str) and given not in ("", original) else None
    body = to_json({**event, "id": new_id or edited_id(original, letter.id, number), ORIGINAL: name})
    handover = handover_in(body)
    properties = copy_properties(handover, name)
    return Edited(Copy(letter_id(handover.event_id, body), body, properties), handover)


def original_id(letter: Letter) -> str | None:
    """The event id of a letter, if its message has any."""
    if letter.event_id:
        return letter.event_id
    try:
        found = event_of(letter).get("id")
    except EventError:
        return None
    return found if isinstance(found, str) and found else None


def _set(value: Any, steps: Sequence[str], new: Any, passed: tuple[str, ...]) -> Any:
    if not steps:
        return new
    step, *rest = steps
    path = (*passed, step)
    match value:
        case None:
            return {step: _set(None, rest, new, path)}
        case dict():
            return {**value, step: _set(value.get(step), rest, new, path)}
        case list() if _NUMBER.fullmatch(step) and int(step) < len(value):
            at = int(step)
            return [*value[:at], _set(value[at], rest, new, path), *value[at + 1 :]]
        case _:
            raise BadChange(f"there is no {'.'.join(path)}: {'.'.join(passed)} is no object; set all of it")
