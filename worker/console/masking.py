"""Contact ids hidden until somebody asks: enough is left to tell them apart, too little to call them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DOTS = "•••"
LONG_NUMBER = 9
LONG_TEXT = 7
OURS = frozenset(
    {"id", "fingerprint", "fingerprints", "replay_id", "letter_id", "session_id", "example", "replay"}
)
"""Names of values that are never a customer's, and that requests are made of."""

CONTACTS = frozenset({"contactId", "contact_id", "contact_ids"})
"""Names of contact ids."""
TELLING = 5
"""Characters of an id that is looked for in texts: a shorter one is a word like any other."""

_FOUND = re.compile(
    r"(?P<ours>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"|(?<!\w)\+?\d[\d ().-]{7,}\d(?!\w)",
)
_DIGITS = re.compile(r"\D")

Known = Sequence[re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Hidden:
    """An answer that is masked on its way out: these ids, and whatever looks like a phone number."""

    answer: Any
    contact_ids: Sequence[str | None] = ()


def masked(contact_id: str) -> str:
    """The id without its middle."""
    if contact_id.isdecimal() and len(contact_id) >= LONG_NUMBER:
        return f"{contact_id[:3]} {DOTS} {DOTS} {contact_id[-3:]}"
    if len(contact_id) >= LONG_TEXT:
        return f"{contact_id[:2]}{DOTS}{contact_id[-2:]}"
    return DOTS


def without_ids(value: Any, contact_ids: Sequence[str | None] = ()) -> Any:
    """JSON, every text in it without those ids and without what looks like a phone number."""
    known = sorted({each for each in contact_ids if each and len(each) >= TELLING}, key=len, reverse=True)
    return _without(value, [re.compile(rf"(?<!\w){re.escape(each)}(?!\w)") for each in known])


def _without(value: Any, known: Known) -> Any:
    match value:
        case str():
            return _text(value, known)
        case list() | tuple():
            return [_without(each, known) for each in value]
        case dict():
            return {_text(name, known): _named(name, each, known) for name, each in value.items()}
        case int() if not isinstance(value, bool) and len(str(abs(value))) >= LONG_NUMBER:
            return masked(str(abs(value)))
        case _:
            return value


def _named(name: str, value: Any, known: Known) -> Any:
    if name in OURS:
        return value
    match value:
        case str() if name in CONTACTS:
            return masked(value)
        case list() if name in CONTACTS:
            return [masked(str(each)) for each in value]
        case _:
            return _without(value, known)


def _text(text: str, known: Known) -> str:
    for each in known:
        text = each.sub(lambda found: masked(found[0]), text)
    return _FOUND.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    digits = _DIGITS.sub("", found[0])
    return found[0] if found["ours"] or len(digits) < LONG_NUMBER else masked(digits)
