"""Contact ids hidden until somebody asks: enough is left to tell them apart, too little to call them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

DOTS = "•••"
LONG_NUMBER = 9
LONG_TEXT = 7
FINGERPRINTS = frozenset({"fingerprint", "fingerprints"})
"""Names of what may be nothing but digits and is no number, if it has the shape."""

FOREIGN = frozenset({"context", "body", "properties"})
"""Names of what others wrote: in there no name says anything about a value."""

CONTACTS = frozenset({"contactId", "contact_id", "contact_ids"})
"""Names of contact ids."""
TELLING = 5
"""Characters of an id that is looked for in texts: a shorter one is a word like any other."""

_UUID = r"(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])"
_TIME = r"(?<!\d)\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
_SAID = r"(?P<said>\b(?:contact |names |contactId\b[^;]{0,200}; got ))"
_QUOTED = _SAID + r"(?P<quote>['\"])(?P<quoted>(?:\\.|[^\\]){0,300}?)(?P=quote)"
_SET = r"(?<=\bcontactId=)\S+"
_NUMBER = r"(?<!\d)\+?\d[\d\s().\u2011-]{7,}\d(?!\d)"
_UUID_LENGTH = 36
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
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


def sized(encoded: str) -> str:
    """Of bytes in base64, which nobody can look through, how many they are."""
    return f"{DOTS} {len(encoded.rstrip('=')) * 3 // 4} bytes"


def without_ids(value: Any, contact_ids: Sequence[str | None] = (), *, foreign: bool = False) -> Any:
    """JSON, every text in it without those ids and without what looks like a phone number.

    What is `foreign` was written by others.
    """
    return _without(value, _finding(contact_ids), foreign)


def _finding(contact_ids: Sequence[str | None]) -> re.Pattern[str]:
    """What to look at: ids that are known, wherever they stand but in a UUID or a time of ours; and numbers."""
    known = sorted({each for each in contact_ids if each and len(each) >= TELLING}, key=len, reverse=True)
    long = [re.escape(each) for each in known if len(each) >= _UUID_LENGTH]
    short = [re.escape(each) for each in known if len(each) < _UUID_LENGTH]
    ours = f"(?P<ours>{_UUID}|{_TIME})"
    return re.compile("|".join([*long, ours, _QUOTED, _SET, *short, f"(?P<number>{_NUMBER})"]))


def _without(value: Any, found: re.Pattern[str], foreign: bool) -> Any:
    match value:
        case str():
            return found.sub(_hide, value)
        case list() | tuple():
            return [_without(each, found, foreign) for each in value]
        case dict():
            return {
                found.sub(_hide, name): _named(name, each, found, foreign) for name, each in value.items()
            }
        case int() | float() if 10 ** (LONG_NUMBER - 1) <= abs(value) < inf:
            return masked(str(abs(int(value))))
        case _:
            return value


def _named(name: str, value: Any, found: re.Pattern[str], foreign: bool) -> Any:
    match value:
        case str() if name in FINGERPRINTS and not foreign and _FINGERPRINT.fullmatch(value):
            return value
        case list() if name in FINGERPRINTS and not foreign:
            return [_named(name, each, found, foreign) for each in value]
        case str() | int() if name in CONTACTS:
            return masked(str(value))
        case list() if name in CONTACTS:
            return [masked(str(each)) for each in value]
        case str() if name == "data_base64":
            return sized(value)
        case _:
            return _without(value, found, foreign or name in FOREIGN)


def _hide(found: re.Match[str]) -> str:
    if found["ours"]:
        return found[0]
    if found["quote"]:
        return f"{found['said']}{found['quote']}{masked(found['quoted'])}{found['quote']}"
    digits = _DIGITS.sub("", found[0])
    if found["number"]:
        return found[0] if len(digits) < LONG_NUMBER else masked(digits)
    return masked(found[0])
