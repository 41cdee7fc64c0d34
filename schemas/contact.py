"""One human, one contact id: however a phone number was typed, it is the same contact."""

import re
import unicodedata

from schemas.errors import InvalidEvent, shown

MAX_CONTACT_ID = 100
PHONE_CHANNELS = frozenset({"whatsapp", "sms", "voice"})

_NOT_A_DIGIT = re.compile(r"\D")


def normalise_contact_id(contact_id: str, channel: str) -> str:
    """A contact's one id: its digits on a phone channel, elsewhere the text without outer white space.

    No country is guessed: `0745...` and `254745...` stay two contacts. Digits of any script become ASCII.
    Raises InvalidEvent when nothing is left, or more than 100 characters are.
    """
    phone = channel.strip().lower() in PHONE_CHANNELS
    normal = _digits(contact_id) if phone else contact_id.strip()
    if not normal:
        what = "no digits, as channel whatsapp, sms or voice needs" if phone else "only white space"
        raise InvalidEvent(f"contactId holds {what}; got {shown(contact_id)}")
    if len(normal) > MAX_CONTACT_ID:
        raise InvalidEvent(f"contactId is longer than {MAX_CONTACT_ID} characters; got {shown(contact_id)}")
    return normal


def _digits(text: str) -> str:
    digits = _NOT_A_DIGIT.sub("", text)
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)
