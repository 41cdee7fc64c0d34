"""What a replayed message carries, and what it must not carry: AMQP headers and properties, both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

REPLAY = "x-handover-replay"
LETTER = "x-handover-letter"
ORIGINAL = "x-handover-replay-of"

_DROPPED = {"x-death", "x-delivery-count", "x-acquired-count", "CC", "BCC", REPLAY, LETTER}
_DROPPED_BEGINNINGS = ("x-first-death-", "x-last-death-")
"""Headers of the broker's own, those it would route by again, and an earlier stamp."""

_NOT_AGAIN = {"user_id", "expiration", "cluster_id", "delivery_mode", "headers"}
"""Properties of the first sending alone: the sender must be us, and a letter has waited long enough already."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a message says: a replay sent me, and I am this letter. To be checked, for anyone can say so."""

    replay_id: UUID
    letter_id: UUID


def claim(headers: Mapping[str, Any] | None) -> Claim | None:
    """The claim a message makes, if it makes one."""
    try:
        return Claim(*(UUID((headers or {})[name]) for name in (REPLAY, LETTER)))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def stamped(properties: Mapping[str, Any], by: Claim) -> dict[str, Any]:
    """The properties a letter came with as they are sent again, under the claim."""
    kept = {name: value for name, value in properties.items() if name not in _NOT_AGAIN}
    headers = {
        name: value
        for name, value in dict(properties.get("headers") or {}).items()
        if name not in _DROPPED and not name.startswith(_DROPPED_BEGINNINGS)
    }
    return {**kept, "headers": {**headers, REPLAY: str(by.replay_id), LETTER: str(by.letter_id)}}
