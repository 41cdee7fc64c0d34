"""Contact ids hidden until somebody asks: enough is left to tell them apart, too little to call them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

DOTS = "•••"
LONG_NUMBER = 9
LONG_TEXT = 7
_NUMBER = re.compile(r"\+?\d[\d ().-]{7,}\d")
_DIGITS = re.compile(r"\D")


def masked(contact_id: str) -> str:
    """The id without its middle."""
    if contact_id.isdecimal() and len(contact_id) >= LONG_NUMBER:
        return f"{contact_id[:3]} {DOTS} {DOTS} {contact_id[-3:]}"
    if len(contact_id) >= LONG_TEXT:
        return f"{contact_id[:2]}{DOTS}{contact_id[-2:]}"
    return DOTS


def without_ids(value: Any, contact_ids: Sequence[str | None] = ()) -> Any:
    """Something as JSON has it, every text in it without those ids and without what looks like a phone number."""
    known = sorted({each for each in contact_ids if each}, key=len, reverse=True)
    return _without(to_jsonable_python(value, by_alias=True), known)


def _without(value: Any, known: Sequence[str]) -> Any:
    match value:
        case str():
            return _text(value, known)
        case list():
            return [_without(each, known) for each in value]
        case dict():
            return {_text(name, known): _without(each, known) for name, each in value.items()}
        case int() if not isinstance(value, bool) and len(str(abs(value))) >= LONG_NUMBER:
            return masked(str(abs(value)))
        case _:
            return value


def _text(text: str, known: Sequence[str]) -> str:
    if _is_no_word(text):
        return text
    for each in known:
        text = text.replace(each, masked(each))
    return _NUMBER.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    digits = _DIGITS.sub("", found[0])
    return masked(digits) if len(digits) >= LONG_NUMBER else found[0]


def _is_no_word(text: str) -> bool:
    """Whether it is an id of ours or a time, which are digits too."""
    for kind in (UUID, datetime.fromisoformat):
        try:
            kind(text)
        except ValueError:
            continue
        return True
    return False
