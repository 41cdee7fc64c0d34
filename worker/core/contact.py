"""A contact as people write it."""

import re

from schemas import InvalidEvent, normalise_contact_id

_WRITTEN_NUMBER = re.compile(r"(?:(?:whatsapp|sms|voice|tel):)?[\s\d+()./-]+", re.IGNORECASE)


def spellings(written: str) -> list[str]:
    """The contact ids it can mean, the likelier first: the text as it is, and the digits of a phone number.

    Only what looks like a number is one: `user-1` is not contact `1`.
    """
    text = written.strip()
    try:
        digits = normalise_contact_id(text, "voice") if _WRITTEN_NUMBER.fullmatch(text) else text
    except InvalidEvent:
        digits = text
    return list(dict.fromkeys((text, digits)))
