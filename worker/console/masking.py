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

_FOUND = re.compile(
    r"(?P<ours>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"|(?<!\w)\+?\d[\d ().-]{7,}\d(?!\w)",
)
_DIGITS = re.compile(r"\D")


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
    return _without(value, sorted({each for each in contact_ids if each}, key=len, reverse=True))


def _without(value: Any, known: Sequence[str]) -> Any:
    match value:
        case str():
            return _text(value, known)
        case list() | tuple():
            return [_without(each, known) for each in value]
        case dict():
            return {
                _text(name, known): each if name in OURS else _without(each, known)
                for name, each in value.items()
            }
        case int() if not isinstance(value, bool) and len(str(abs(value))) >= LONG_NUMBER:
            return masked(str(abs(value)))
        case _:
            return value


def _text(text: str, known: Sequence[str]) -> str:
    for each in known:
        if each in text:
            text = text.replace(each, masked(each))
    return _FOUND.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    digits = _DIGITS.sub("", found[0])
    return found[0] if found["ours"] or len(digits) < LONG_NUMBER else masked(digits)
