"""The checker: facts in, a verdict out. It knows nothing of how they were come by.

`lost` and `unexpected` are those of Jepsen's total-queue: what was acknowledged must be there, and nothing may be there
that nobody sent. A publish whose outcome the bot never learnt may have arrived or not; duplicates are counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from chaos.facts import Decided, Facts

RECOVERY_SECONDS = 10.0
NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and where."""

    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The violations, and the figures of the run."""

    violations: tuple[Violation, ...]
    figures: dict[str, int | float | None]

    @property
    def valid(self) -> bool:
        return not self.violations

    @property
    def broken(self) -> set[str]:
        """The rules that were broken."""
        return {violation.rule for violation in self.violations}


def judge(facts: Facts) -> Verdict:
    """Hold every rule against the facts."""
    violations = tuple(
        Violation(rule, detail) for rule, find in RULES.items() for detail in _first(find(facts))
    )
    return Verdict(violations, _figures(facts))


def _first(details: Iterable[str]) -> Iterator[str]:
    found = list(details)
    yield from found[:NAMED_AT_MOST]
    if len(found) > NAMED_AT_MOST:
        yield f"and {len(found) - NAMED_AT_MOST} more"


def _lost(facts: Facts) -> list[str]:
    letters = {letter.id for letter in facts.letters}
    queued = set(facts.queued)
    return [
        key
        for key, attempt in facts.attempts.items()
        if attempt.confirmed
        and key not in letters
        and key not in queued
        and not (attempt.kind == "handover" and key in facts.handled)
    ]


def _unexpected(facts: Facts) -> Iterator[str]:
    wanted = {key: attempt.contact for key, attempt in facts.attempts.items() if attempt.kind == "handover"}
    for key, contact in facts.handled.items():
        if key not in wanted:
            yield f"handled, though nobody sent it: {key}"
        elif wanted[key] != contact:
            yield f"{key} was handled for {contact}, sent for {wanted[key]}"


def _wrong_letters(facts: Facts) -> Iterator[str]:
    for letter in facts.letters:
        attempt = facts.attempts.get(letter.id)
        if attempt is None or attempt.kind == "handover":
            yield f"a letter nobody meant: {letter.id} {letter.reason}: {letter.error}"
        elif attempt.kind != letter.reason:
            yield f"{letter.id} is {letter.reason}, meant was {attempt.kind}"


def _handled_twice(facts: Facts) -> Iterator[str]:
    effects = Counter(decided.event_id for decided in _effects(facts.decided))
    return (f"{event_id} had {count} effects" for event_id, count in effects.items() if count > 1)


def _without_effect(facts: Facts) -> list[str]:
    effects = {decided.event_id for decided in _effects(facts.decided)}
    return [
        f"{event_id} counts as handled and changed nothing"
        for event_id in facts.handled
        if event_id not in effects
    ]


def _effects(decided: Iterable[Decided]) -> Iterator[Decided]:
    """What handovers themselves brought about, not what became of their sessions later under the same id."""
    by_version = {(each.session_id, each.version): each for each in decided}
    for each in by_version.values():
        before = by_version.get((each.session_id, each.version - 1))
        released = before is not None and before.what == "released"
        if each.reason in ("new", "again") or (each.what == "waiting" and not released):
            yield each


def _versions(facts: Facts) -> Iterator[str]:
    versions: defaultdict[UUID, list[int]] = defaultdict(list)
    for each in facts.decided:
        versions[each.session_id].append(each.version)
    for session_id, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"session {session_id} has versions {sorted(found)}"


def _unannounced(facts: Facts) -> list[str]:
    heard = set(facts.heard)
    return [
        f"session {each.session_id} version {each.version} ({each.what})"
        for each in facts.decided
        if (each.session_id, each.version) not in heard
    ]


def _announced_only(facts: Facts) -> list[str]:
    committed = {(each.session_id, each.version) for each in facts.decided}
    return [
        f"session {session_id} version {version} was never committed"
        for session_id, version in sorted(set(facts.heard) - committed, key=str)
    ]


def _turns(facts: Facts) -> Iterator[str]:
    taken = Counter((each.tenant_id, each.turn) for each in facts.decided if each.turn is not None)
    return (
        f"turn {turn} of {tenant} was given {count} times"
        for (tenant, turn), count in taken.items()
        if count > 1
    )


def _fairness(facts: Facts) -> Iterator[str]:
    for (tenant_id, pool), agents in facts.steady.items():
        counts = Counter(
            each.agent_id
            for each in facts.decided
            if (each.tenant_id, each.pool) == (tenant_id, pool) and each.turn is not None
        )
        shares = [counts[agent] for agent in agents]
        if shares and max(shares) - min(shares) > 1:
            yield f"agents of {tenant_id}, pool {pool}, were given {sorted(shares)} sessions"


def _recovery(facts: Facts) -> Iterator[str]:
    for recovery in facts.recoveries:
        if recovery.seconds is None:
            yield f"after {recovery.fault} nothing was announced any more"
        elif recovery.seconds > RECOVERY_SECONDS:
            yield f"after {recovery.fault} it took {recovery.seconds:.1f} s"


RULES: dict[str, Callable[[Facts], Iterable[str]]] = {
    "nothing that was confirmed is lost": _lost,
    "nothing is handled that nobody sent": _unexpected,
    "letters are poison, with the right reason": _wrong_letters,
    "an event has one effect": _handled_twice,
    "what counts as handled was decided": _without_effect,
    "one active session per contact": lambda facts: facts.doubled,
    "nobody has more than they take": lambda facts: facts.over_cap,
    "versions have no gaps": _versions,
    "everything committed is announced": _unannounced,
    "nothing is announced that was not committed": _announced_only,
    "no turn is given twice": _turns,
    "steady agents get the same, give or take one": _fairness,
    "the outbox is empty": lambda facts: [f"{facts.outbox} events are left"] if facts.outbox else [],
    "the queues are empty": lambda facts: facts.queued,
    "it recovers in ten seconds": _recovery,
    "nothing grows without end": lambda facts: facts.grown,
    "workers end only when they are told to": lambda facts: facts.surprises,
}


def _figures(facts: Facts) -> dict[str, int | float | None]:
    handovers = {key: each for key, each in facts.attempts.items() if each.kind == "handover"}
    unsure = [key for key, each in facts.attempts.items() if not each.confirmed]
    there = {*facts.handled, *(letter.id for letter in facts.letters)}
    waits = [each.seconds for each in handovers.values() if each.seconds is not None]
    recoveries = [recovery.seconds for recovery in facts.recoveries if recovery.seconds is not None]
    return {
        "attempts": len(facts.attempts),
        "confirmed": sum(each.confirmed for each in facts.attempts.values()),
        "handled": len(facts.handled),
        "dead letters": len(facts.letters),
        "still queued": len(facts.queued),
        "session events": len(set(facts.heard)),
        "duplicates seen": len(facts.heard) - len(set(facts.heard)),
        "lost": len(_lost(facts)),
        "unexpected": len(list(chain(_unexpected(facts), _wrong_letters(facts), _announced_only(facts)))),
        "outcome unknown": len(unsure),
        "of these arrived": len(there.intersection(unsure)),
        "longest stall, s": round(max(waits), 1) if waits else None,
        "longest recovery, s": round(max(recoveries), 1) if recoveries else None,
    }
