"""Was every handover handled, once, in fair turn? A pure function over what a run left behind."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

SHOWN = 3
"""Examples named in one violation."""


class Event(NamedTuple):
    """A handover's identity."""

    tenant_id: str
    event_id: str


class Decided(NamedTuple):
    """A row of the audit."""

    event: Event
    session_id: UUID
    version: int
    agent_id: UUID | None


class Announced(NamedTuple):
    """A session event as a subscriber got it."""

    id: str
    event: Event
    session_id: UUID
    version: int
    agent_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a run left behind. `published` went in; `left` is what the queue still holds.

    `turns` has every agent of every pool who could have had a turn, and how many they had.
    """

    published: int
    left: int
    handled: Sequence[Event]
    decided: Sequence[Decided]
    announced: Sequence[Announced]
    active_by_contact: Sequence[int]
    turns: Mapping[str, Mapping[UUID, int]]
    unpublished: int
    dead_letters: int

    @property
    def duplicates(self) -> int:
        """Session events a subscriber got again: allowed, and counted."""
        return len(self.announced) - len({each.id for each in self.announced})


def violations(facts: Facts) -> list[str]:
    """Each way in which the run broke the law, in a sentence; none when it kept it."""
    return [
        *_lost(facts),
        *_decisions(facts),
        *_announcements(facts),
        *_sessions(facts),
        *_versions(facts.decided),
        *_turns(facts.turns),
        *_leftovers(facts),
    ]


def _lost(facts: Facts) -> Iterator[str]:
    if (missing := facts.published - facts.left - len(facts.handled)) > 0:
        yield f"{missing} handovers are neither handled nor in the queue"


def _decisions(facts: Facts) -> Iterator[str]:
    decisions = Counter(each.event for each in facts.decided)
    if none := [event for event in facts.handled if not decisions[event]]:
        yield f"{len(none)} handled without a decision: {_some(none)}"
    if many := [event for event, count in decisions.items() if count > 1]:
        yield f"{len(many)} decided more than once: {_some(many)}"


def _announcements(facts: Facts) -> Iterator[str]:
    told: dict[Event, set[str]] = defaultdict(set)
    for each in facts.announced:
        told[each.event].add(each.id)
    handled = set(facts.handled)
    if silent := [event for event in facts.handled if event not in told]:
        yield f"{len(silent)} handled and never announced: {_some(silent)}"
    if unknown := [event for event in told if event not in handled]:
        yield f"{len(unknown)} announced and not handled: {_some(unknown)}"
    if many := [event for event, ids in told.items() if len(ids) > 1]:
        yield f"{len(many)} announced as different events: {_some(many)}"
    said = {(each.event, each.session_id, each.version, each.agent_id) for each in facts.announced}
    wrote = {(each.event, each.session_id, each.version, each.agent_id) for each in facts.decided}
    if other := [event for event, *_ in said - wrote if event in handled]:
        yield f"{len(other)} announced otherwise than decided: {_some(other)}"


def _sessions(facts: Facts) -> Iterator[str]:
    if doubled := sum(count > 1 for count in facts.active_by_contact):
        yield f"{doubled} contacts with more than one active session"
    sessions = len({each.session_id for each in facts.decided})
    if (found := sum(facts.active_by_contact)) != sessions:
        yield f"{found} active sessions where {sessions} were decided about"


def _versions(decided: Iterable[Decided]) -> Iterator[str]:
    versions: dict[UUID, list[int]] = defaultdict(list)
    for each in decided:
        versions[each.session_id].append(each.version)
    gaps = [
        session
        for session, found in versions.items()
        if any(after - before != 1 for before, after in pairwise([0, *sorted(found)]))
    ]
    if gaps:
        yield f"{len(gaps)} sessions whose versions have gaps: {_some(gaps)}"


def _turns(turns: Mapping[str, Mapping[UUID, int]]) -> Iterator[str]:
    unfair = [pool for pool, counts in turns.items() if max(counts.values()) - min(counts.values()) > 1]
    if unfair:
        yield f"{len(unfair)} pools whose agents' turns differ by more than one: {_some(unfair)}"


def _leftovers(facts: Facts) -> Iterator[str]:
    if facts.unpublished:
        yield f"{facts.unpublished} events still in the outbox"
    if facts.dead_letters:
        yield f"{facts.dead_letters} dead letters"


def _some(things: Sequence[object]) -> str:
    shown = ", ".join(str(each) for each in things[:SHOWN])
    return shown + (", ..." if len(things) > SHOWN else "")
