"""The sentence: every place a contact can be in reads as one sentence that says what would change it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import pytest
from builders import an_agent
from hypothesis import given
from hypothesis import strategies as st

from schemas.session import What
from worker.core.eligibility import RULES, Wanted
from worker.core.explanation import explain
from worker.core.rotation import Rotation
from worker.core.story import (
    Candidate,
    Letter,
    Named,
    PassedOver,
    PastDecision,
    Pool,
    SessionRow,
    Story,
    Unannounced,
    audited_ids,
    candidates,
    passed_over,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN, BOB = UUID(int=1), UUID(int=2)
SESSION = SessionRow(
    id=UUID(int=9),
    tenant_id="acme",
    contact_id="254745050238",
    contact_name=None,
    status="assigned",
    channel="whatsapp",
    assigned_agent_id=ANN,
    assigned_at=NOON,
    accepted_at=None,
    assigned_team_id=None,
    priority=0,
    context=None,
    last_message_at=None,
    created_at=NOON,
    updated_at=NOON,
    agent_name="Ann",
)
WAITING = replace(SESSION, status="unassigned", assigned_agent_id=None, assigned_at=None, agent_name=None)
DECISION = PastDecision(
    session_id=SESSION.id,
    version=1,
    event_id="e-1",
    what="assigned",
    reason="new",
    actor=None,
    agent_id=ANN,
    agent_name="Ann",
    previous_agent_id=None,
    previous_agent_name=None,
    team_id=UUID(int=5),
    team_name="Support",
    requested_team_id=None,
    team_fallback=None,
    turn=1,
    considered=2,
    passed_over=[],
    skills=[],
    asked_at=NOON,
    decided_at=NOON,
)
WAITED = replace(DECISION, what="waiting", agent_id=None, agent_name=None, turn=None)
NOTHING = Story(
    tenant_id="acme",
    contact_id="254745050238",
    sentence="",
    tenant_known=True,
    looking=None,
    sessions=[],
    pool=None,
    decisions=[],
    dead_letters=[],
    unannounced=[],
)
LETTER = Letter(
    id=UUID(int=7),
    reason="failed",
    error="value too long",
    state="open",
    attempts=3,
    event_id="e-2",
    first_at=NOON,
    last_at=NOON,
    readable=True,
)


def pool(**rules: str | None) -> Pool:
    words = {rule.name: rule.words for rule in RULES}
    return Pool(
        UUID(int=5),
        "Support",
        [
            Candidate(UUID(int=number), name, rule, words[rule] if rule else None)
            for number, (name, rule) in enumerate(rules.items(), start=1)
        ],
    )


def test_assigned_in_turn() -> None:
    passed = PassedOver("not_online", "is not online", [Named(BOB, "Bob")], 2)
    story = replace(NOTHING, sessions=[SESSION], decisions=[replace(DECISION, passed_over=[passed])])
    assert explain(story) == (
        "It is assigned to Ann since 2026-11-23 12:00:00 UTC, not accepted yet, because handover e-1 came when it was"
        " their turn in team Support (Bob and 2 more passed over: is not online); the contact's next handover gives it"
        " to the next agent in turn (or, where workers run with HANDOVER_REASSIGN=keep, leaves it), and `handover"
        " sessions reassign` moves it now."
    )


def test_assigned_by_an_operator_and_accepted() -> None:
    story = replace(
        NOTHING,
        sessions=[replace(SESSION, accepted_at=NOON)],
        decisions=[replace(DECISION, actor="joy", reason="operator"), replace(WAITED, version=0)],
    )
    assert ", accepted at 2026-11-23 12:00:00 UTC, because joy gave it to them; " in explain(story)


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("queue", "it had waited until it was their turn in team Support"),
        ("timeout", "Bob did not accept it in time, and it was their turn in team Support"),
        ("released", "Bob had left, and it was their turn in team Support"),
    ],
)
def test_assigned_without_a_handover(reason: str, why: str) -> None:
    decision = replace(DECISION, reason=reason, previous_agent_name="Bob")
    story = replace(
        NOTHING, sessions=[SESSION], decisions=[decision], pool=replace(pool(), accept_seconds=60)
    )
    assert (
        f", not accepted yet (a running worker passes it on 60 s after it was assigned), because {why}; "
        in explain(story)
    )


def test_kept_because_nobody_else_could_take_it() -> None:
    story = replace(
        NOTHING, sessions=[SESSION], decisions=[replace(DECISION, reason="none_online", turn=None)]
    )
    assert "because nobody else could take it in team Support when handover e-1 came" in explain(story)


@pytest.mark.parametrize(
    ("decision", "who"),
    [
        (
            replace(DECISION, passed_over=[PassedOver("inactive", "is not active", [Named(BOB, "Bob")], 0)]),
            "not to Bob, who was passed over then (is not active)",
        ),
        (DECISION, "not to Bob, who comes later in turn"),
    ],
)
def test_not_assigned_to_who_looks(decision: PastDecision, who: str) -> None:
    story = replace(
        NOTHING,
        sessions=[SESSION],
        decisions=[decision],
        pool=pool(Ann=None, Bob=None),
        looking=Named(BOB, "Bob"),
    )
    assert who in explain(story)


def test_who_looks_is_not_in_the_team() -> None:
    story = replace(
        NOTHING, sessions=[SESSION], decisions=[DECISION], pool=pool(Ann=None), looking=Named(BOB, "Bob")
    )
    assert "not to Bob, who is not in team Support, " in explain(story)


@pytest.mark.parametrize(
    ("reason", "now", "sentence"),
    [
        (
            "none_online",
            pool(Ann=None),
            (
                "nobody was online in team Support; Ann of team Support could take it now, so a running worker gives it"
                " to them (`handover doctor`)"
            ),
        ),
        (
            "all_at_capacity",
            pool(Ann="at_capacity", Bob="not_online"),
            (
                "everybody who could take it had as many sessions as allowed in team Support; now Bob is not online and"
                " Ann has as many sessions as allowed in team Support: once an agent has one of their sessions"
                " resolved, a running worker assigns it"
            ),
        ),
        (
            "no_agents",
            pool(),
            (
                "there was no active agent in team Support; now nobody is in team Support: once an agent is added"
                " (`handover agents`), a running worker assigns it"
            ),
        ),
        (
            "team_closed",
            replace(pool(Ann=None), shut="team_closed"),
            (
                "it was outside the hours of team Support; team Support takes nothing now: it is assigned once the team"
                " opens"
            ),
        ),
        (
            "manual",
            replace(pool(Ann=None), shut="manual"),
            (
                "people, not workers, assign the sessions of team Support; team Support takes nothing now: it is"
                " assigned once a person takes it: the team assigns by hand"
            ),
        ),
        (
            "unanswered",
            replace(pool(Ann=None), too_old=True),
            (
                "nobody who could take it accepted it in time in team Support; it has waited for longer than workers"
                " look at it, so only the contact's next handover or `handover sessions reassign` assigns it"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_waiting(reason: str, now: Pool, sentence: str) -> None:
    story = replace(NOTHING, sessions=[WAITING], decisions=[replace(WAITED, reason=reason)], pool=now)
    assert explain(story) == f"It waits since 2026-11-23 12:00:00 UTC because {sentence}."


def test_waiting_because_an_operator_reset_it() -> None:
    released = replace(WAITED, what="released", reason="operator", actor="joy", previous_agent_name="Ann")
    story = replace(NOTHING, sessions=[WAITING], decisions=[released], pool=pool(Ann=None))
    assert "because joy took it from Ann; Ann of team Support could take it now" in explain(story)


def test_what_else_matters_comes_last() -> None:
    resolved = replace(SESSION, id=UUID(int=8), status="resolved")
    fallen = replace(DECISION, requested_team_id="sales", team_fallback="inactive")
    event = Unannounced(
        id=UUID(int=4),
        session_id=SESSION.id,
        version=1,
        type="session.assigned.v1",
        created_at=NOON,
        in_hand=False,
    )
    story = replace(
        NOTHING,
        sessions=[SESSION, resolved],
        decisions=[fallen],
        dead_letters=[LETTER],
        unannounced=[event],
    )
    assert explain(story).split("; ")[2:] == [
        "of its 2 sessions only this one counts, resolved are those opened at 2026-11-23 12:00:00 UTC",
        "the team asked for, 'sales', is inactive in this tenant, so team Support was asked instead",
        "besides, open dead letters of it: 1, the latest of 2026-11-23 12:00:00 UTC (failed: value too long)",
        (
            "session.assigned.v1 of version 1 is handled but not yet announced (no worker has it in hand, a running one"
            " publishes it)."
        ),
    ]


def test_the_audit_names_some_and_counts_the_rest() -> None:
    audited = {"not_online": [str(ANN), str(BOB), "and 3 more"], "since_abolished": [str(ANN)]}
    assert audited_ids(audited) == [ANN, BOB, ANN]
    assert passed_over(audited, {ANN: "Ann"}) == [
        PassedOver("not_online", "is not online", [Named(ANN, "Ann"), Named(BOB, None)], 3),
        PassedOver("since_abolished", "since_abolished", [Named(ANN, "Ann")], 0),
    ]


def test_candidates_come_in_the_order_of_their_turns() -> None:
    agents = [an_agent(1, last_turn=2), an_agent(2, last_turn=1, status="busy")]
    assert candidates(Rotation(agents), Wanted(frozenset(), {})) == [
        Candidate(BOB, "agent 2", "not_online", "is not online"),
        Candidate(ANN, "agent 1", None, None),
    ]


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


rows = st.builds(
    replace,
    st.just(SESSION),
    status=st.sampled_from(["unassigned", "assigned", "resolved"]),
    assigned_agent_id=maybe(ANN),
    assigned_at=maybe(NOON),
    agent_name=maybe("Ann"),
)
decisions = st.builds(
    replace,
    st.just(replace(DECISION, requested_team_id="sales")),
    what=st.sampled_from(get_args(What)),
    reason=st.sampled_from(["new", "operator", "queue", "timeout", *(rule.waiting for rule in (*RULES,))]),
    actor=maybe("joy"),
    agent_id=maybe(ANN, BOB),
    team_fallback=maybe("unknown"),
)
stories = st.builds(
    replace,
    st.just(NOTHING),
    tenant_known=st.booleans(),
    looking=maybe(Named(ANN, "Ann"), Named(BOB, None)),
    sessions=st.lists(rows, max_size=2),
    decisions=st.lists(decisions, max_size=2),
    pool=st.builds(pool, Ann=maybe(*(rule.name for rule in RULES))),
    dead_letters=st.lists(st.sampled_from([LETTER, replace(LETTER, state="discarded")]), max_size=2),
)


@given(stories)
def test_there_is_always_one_sentence(story: Story) -> None:
    sentence = explain(story)
    assert sentence[:1].isupper() or not sentence[:1].isalpha()
    assert sentence.endswith(".")
    assert "None" not in sentence
    assert "\n" not in sentence
