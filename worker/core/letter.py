"""What makes a message one letter, and letters one group."""

import hashlib
import re
from uuid import UUID, uuid5

NAMESPACE = UUID("4f2f7a5e-63a5-5d0e-9d6f-0c8f1d6a4b1e")
"""Letters' ids are UUIDv5 of the message in this namespace: the same message failing again is the same letter."""

_VALUES = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|'[^']*'|\d+",
    re.IGNORECASE,
)
_NAMES = re.compile(r'"[^"]*"')
_DETAIL = " DETAIL: "
"""Where PostgreSQL begins to quote the row that it refuses."""


def letter_id(message_id: str | None, body: bytes) -> UUID:
    """The id of the letter that this message becomes whenever it fails."""
    name = (message_id or "").encode("utf-8", "replace")
    digest = hashlib.blake2b(name + b"\0" + body, digest_size=32).hexdigest()
    return uuid5(NAMESPACE, digest)


def fingerprint(reason: str, error: str) -> str:
    """What letters of one cause share: the reason and the error, without the values it quotes.

    In the errors of reason `failed` double quotes name tables and constraints, which tell causes apart; elsewhere
    they quote a value.
    """
    shape = _VALUES.sub("?", error.partition(_DETAIL)[0])
    if reason != "failed":
        shape = _NAMES.sub("?", shape)
    return hashlib.blake2b(f"{reason}\n{shape}".encode(), digest_size=8).hexdigest()
