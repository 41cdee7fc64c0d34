"""The oracle finds each way in which a run can go wrong; on a run that went well it is silent."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from bench import passing
from bench.oracle import Announced, Decided, Event, Facts, violations

ANNA, BEN = UUID(int=1), UUID(int=2)
FIRST, SECOND = UUID(int=11), UUID(int=12)


def an_event(number: int) -> Event:
    return Event("acme", f"e{number}")


def decided(number: int, session: UUID, version: int, agent: UUID) -> Decided:
    return Decided(an_event(number), session, version, agent)


def announced(number: int, session: UUID, version: int, agent: UUID, *, name: str | None = None) -> Announced:
    return Announced(name or f"n{number}", an_event(number), session, version, agent)


GOOD = Facts(
    published=4,
    left=1,
    handled=[an_event(1), an_event(2), an_event(3)],
    decided=[decided(1, FIRST, 1, ANNA), decided(2, SECOND, 1, BEN), decided(3, FIRST, 2, ANNA)],
    announced=[announced(1, FIRST, 1, ANNA), announced(2, SECOND, 1, BEN), announced(3, FIRST, 2, ANNA)],
    active_by_contact=[1, 1],
    turns={"acme": {ANNA: 2, BEN: 1}},
    unpublished=0,
    dead_letters=0,
)


def test_a_run_that_went_well_has_no_violations() -> None:
    assert violations(GOOD) == []


def test_an_event_announced_twice_is_allowed_and_counted() -> None:
    again = replace(GOOD, announced=[*GOOD.announced, GOOD.announced[0]])

    assert violations(again) == []
    assert again.duplicates == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"left": 0}, "1 handovers are neither handled nor in the queue"),
        ({"unpublished": 2}, "2 events still in the outbox"),
        ({"dead_letters": 1}, "1 dead letters"),
        ({"turns": {"acme": {ANNA: 3, BEN: 1}}}, "1 pools whose agents' turns differ by more than one: acme"),
        ({"turns": {"acme": {ANNA: 2, BEN: 0}}}, "1 pools whose agents' turns differ by more than one: acme"),
    ],
)
def test_what_is_lost_left_or_unfair_is_found(changes: dict[str, Any], sentence: str) -> None:
    assert violations(replace(GOOD, **changes)) == [sentence]


def test_a_handover_without_a_decision_is_found() -> None:
    forgotten = replace(GOOD, decided=GOOD.decided[:2], announced=GOOD.announced[:2])

    assert violations(forgotten) == [
        f"1 handled without a decision: {an_event(3)}",
        f"1 handled and never announced: {an_event(3)}",
    ]


def test_a_handover_decided_twice_is_found() -> None:
    twice = replace(GOOD, decided=[*GOOD.decided, decided(3, FIRST, 3, BEN)])

    assert violations(twice) == [f"1 decided more than once: {an_event(3)}"]


def test_a_handover_never_announced_is_found() -> None:
    assert violations(replace(GOOD, announced=GOOD.announced[1:])) == [
        f"1 handled and never announced: {an_event(1)}"
    ]


def test_an_announcement_of_what_was_never_handled_is_found() -> None:
    made_up = replace(GOOD, announced=[*GOOD.announced, announced(9, FIRST, 9, ANNA)])

    assert violations(made_up) == [f"1 announced and not handled: {an_event(9)}"]


def test_two_different_announcements_of_one_handover_are_found() -> None:
    two = replace(GOOD, announced=[*GOOD.announced, announced(3, FIRST, 2, ANNA, name="another")])

    assert violations(two) == [f"1 announced as different events: {an_event(3)}"]


def test_an_announcement_of_another_agent_than_the_one_decided_is_found() -> None:
    other = replace(GOOD, announced=[*GOOD.announced[:2], announced(3, FIRST, 2, BEN)])

    assert violations(other) == [f"1 announced otherwise than decided: {an_event(3)}"]


def test_a_contact_with_two_active_sessions_is_found() -> None:
    assert violations(replace(GOOD, active_by_contact=[2])) == [
        "1 contacts with more than one active session"
    ]


def test_a_session_that_was_decided_about_and_is_gone_is_found() -> None:
    assert violations(replace(GOOD, active_by_contact=[1])) == [
        "1 active sessions where 2 were decided about"
    ]


def test_a_gap_in_a_sessions_versions_is_found() -> None:
    gap = replace(
        GOOD,
        decided=[*GOOD.decided[:2], decided(3, FIRST, 3, ANNA)],
        announced=[*GOOD.announced[:2], announced(3, FIRST, 3, ANNA)],
    )

    assert violations(gap) == [f"1 sessions whose versions have gaps: {FIRST}"]


def test_the_pipe_may_say_something_twice_and_lose_nothing() -> None:
    assert passing.violations(["a", "b", "c"], 1, ["a", "b", "b"]) == []
    assert passing.violations(["a", "b", "c"], 0, ["a", "b"]) == ["1 neither came out nor are in the queue"]
    assert passing.violations(["a"], 0, ["a", "z"]) == ["1 came out that never went in"]
