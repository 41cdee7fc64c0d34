"""Each rule is broken by what breaks it, and by nothing else."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chaos.checker import RULES, judge
from chaos.facts import Attempted, Decided, Facts, Letter, Recovery

SESSION, AGENT, OTHER, POOL = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=0)

GOOD = Facts(
    attempts={
        "a": Attempted("handover", ("acme", "1"), seconds=0.1),
        "b": Attempted("handover", ("acme", "1"), seconds=2.5),
        "p": Attempted("invalid-json"),
        "unsure": Attempted("handover", ("acme", "2"), confirmed=False),
    },
    handled={"a": ("acme", "1"), "b": ("acme", "1")},
    letters=[Letter("p", "invalid-json")],
    decided=[
        Decided(SESSION, 1, "a", "assigned", "new", "acme", AGENT, POOL, 1),
        Decided(SESSION, 2, "b", "assigned", "again", "acme", OTHER, POOL, 2),
    ],
    heard=[(SESSION, 1), (SESSION, 2), (SESSION, 2)],
    steady={("acme", POOL): [AGENT, OTHER]},
    recoveries=[Recovery("a fault", 9.9)],
)

AGAIN = Decided(SESSION, 3, "a", "assigned", "again", "acme", AGENT, POOL, 3)

BROKEN: dict[str, dict[str, Any]] = {
    "nothing that was confirmed is lost": {"attempts": {**GOOD.attempts, "c": Attempted("handover")}},
    "nothing is handled that nobody sent": {
        "attempts": {**GOOD.attempts, "a": Attempted("handover", ("acme", "other"))}
    },
    "letters are poison, with the right reason": {
        "letters": [*GOOD.letters, Letter("unsure", "delivery-limit")]
    },
    "an event has one effect": {"decided": [*GOOD.decided, AGAIN], "heard": [*GOOD.heard, (SESSION, 3)]},
    "what counts as handled was decided": {
        "attempts": {**GOOD.attempts, "c": Attempted("handover")},
        "handled": {**GOOD.handled, "c": ("", "")},
    },
    "one active session per contact": {"doubled": ["acme/1"]},
    "nobody has more than they take": {"over_cap": ["acme/agent 1: 3 of 2"]},
    "versions have no gaps": {
        "decided": [GOOD.decided[0], replace(GOOD.decided[1], version=3)],
        "heard": [(SESSION, 1), (SESSION, 3)],
    },
    "everything committed is announced": {"heard": [(SESSION, 1)]},
    "nothing is announced that was not committed": {"heard": [*GOOD.heard, (OTHER, 1)]},
    "no turn is given twice": {"decided": [GOOD.decided[0], replace(GOOD.decided[1], turn=1)]},
    "steady agents get the same, give or take one": {
        "decided": [replace(each, agent_id=AGENT) for each in GOOD.decided]
    },
    "the outbox is empty": {"outbox": 1},
    "the queues are empty": {"queued": ["unsure"]},
    "it recovers in ten seconds": {"recoveries": [Recovery("a fault", 10.1)]},
    "nothing grows without end": {"grown": ["worker-1 holds 40 MiB more than at the start"]},
    "workers end only when they are told to": {"surprises": ["worker-1.log ended by itself with code 1"]},
}


def test_a_run_without_fault_is_valid_and_counted() -> None:
    verdict = judge(GOOD)

    assert verdict.violations == ()
    assert verdict.figures == {
        "attempts": 4,
        "confirmed": 3,
        "handled": 2,
        "dead letters": 1,
        "still queued": 0,
        "session events": 2,
        "duplicates seen": 1,
        "lost": 0,
        "unexpected": 0,
        "outcome unknown": 1,
        "of these arrived": 0,
        "longest stall, s": 2.5,
        "longest recovery, s": 9.9,
    }


def test_there_is_no_rule_that_is_not_broken_here() -> None:
    assert BROKEN.keys() == RULES.keys()


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_broken_alone(rule: str) -> None:
    assert judge(replace(GOOD, **BROKEN[rule])).broken == {rule}


def test_what_becomes_of_a_session_later_is_no_second_effect() -> None:
    waited = [
        Decided(OTHER, 1, "a", "waiting", "none_online", "acme"),
        Decided(OTHER, 2, "a", "assigned", "queue", "acme", AGENT, POOL, 1),
        Decided(OTHER, 3, "a", "released", "released", "acme"),
        Decided(OTHER, 4, "a", "waiting", "none_online", "acme"),
        Decided(OTHER, 5, "b", "assigned", "again", "acme", OTHER, POOL, 2),
    ]
    facts = replace(GOOD, decided=waited, heard=[(OTHER, version) for version in range(1, 6)])

    assert judge(facts).violations == ()


def test_a_letter_of_another_reason_than_was_meant() -> None:
    facts = replace(GOOD, letters=[Letter("p", "failed")])

    assert judge(facts).broken == {"letters are poison, with the right reason"}


def test_a_publish_whose_outcome_nobody_knows_may_have_arrived() -> None:
    decided = [*GOOD.decided, Decided(OTHER, 1, "unsure", "waiting", "none_online", "acme")]
    handled = {**GOOD.handled, "unsure": ("acme", "2")}
    verdict = judge(replace(GOOD, decided=decided, handled=handled, heard=[*GOOD.heard, (OTHER, 1)]))

    assert verdict.violations == ()
    assert verdict.figures["of these arrived"] == 1


def test_a_handover_that_is_still_queued_is_not_lost() -> None:
    attempts = {**GOOD.attempts, "c": Attempted("handover")}

    assert judge(replace(GOOD, attempts=attempts, queued=["c"])).broken == {"the queues are empty"}


def test_a_fault_that_is_never_recovered_from() -> None:
    assert judge(replace(GOOD, recoveries=[Recovery("a fault", None)])).broken == {
        "it recovers in ten seconds"
    }


def test_many_violations_of_one_rule_are_named_a_few_and_counted() -> None:
    attempts = {str(n): Attempted("handover") for n in range(20)}
    verdict = judge(replace(GOOD, attempts={**GOOD.attempts, **attempts}))

    assert [violation.detail for violation in verdict.violations][-1] == "and 15 more"
    assert verdict.figures["lost"] == 20
