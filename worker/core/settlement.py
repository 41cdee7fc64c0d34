"""What becomes of a delivery: which acknowledgements are safe, and the fate an error has."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto


class Fate(Enum):
    """What an error means for the batch it struck."""

    RETRY = auto()
    """Nobody's fault, gone at the next try: a deadlock, a lost race."""
    BLOCKED = auto()
    """Somebody holds a row too long: the others go on, this one is tried again later."""
    DOWN = auto()
    """The dependency is away or refuses everyone: hold everything, spend no attempt."""
    POISON = auto()
    """The data itself cannot be stored: no retry will help."""
    UNEXPECTED = auto()
    """Anything else: a few counted attempts, alone."""


RETRY_STATES = {"40001", "40P01"}
BLOCKED_STATES = {"55P03", "57014"}
DOWN_STATES = {"25006"}
DOWN_CLASSES = {"08", "28", "3D", "3F", "42", "53", "55", "57", "58"}
"""Connection, authorisation, missing database or schema or table or right, resources, state, operator, system."""
POISON_CLASSES = {"21", "22", "23", "54", "P0"}
"""Cardinality, data exception, integrity constraint, a value too large, an exception raised by a trigger."""


def fate_of(sqlstate: str) -> Fate:
    """The fate of an error PostgreSQL reports; classes as in its manual, appendix A."""
    if sqlstate in RETRY_STATES:
        return Fate.RETRY
    if sqlstate in BLOCKED_STATES:
        return Fate.BLOCKED
    if sqlstate in DOWN_STATES or sqlstate[:2] in DOWN_CLASSES:
        return Fate.DOWN
    if sqlstate[:2] in POISON_CLASSES:
        return Fate.POISON
    return Fate.UNEXPECTED


@dataclass(frozen=True, slots=True)
class Acks:
    """Acknowledge everything up to `up_to` at once, and each of `single` by itself."""

    up_to: int | None
    single: tuple[int, ...]


class Unsettled:
    """The delivery tags of one channel that are not settled yet. Tags only rise."""

    def __init__(self) -> None:
        self._tags: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._tags)

    def delivered(self, tag: int) -> None:
        """Note a delivery."""
        self._tags[tag] = None

    def settle(self, tags: Collection[int]) -> Acks:
        """Take tags off the list; the multiple acknowledgement never covers one that is still on it."""
        for tag in tags:
            del self._tags[tag]
        lowest = next(iter(self._tags), None)
        covered = [tag for tag in tags if lowest is None or tag < lowest]
        return Acks(max(covered, default=None), tuple(sorted(set(tags) - set(covered))))
