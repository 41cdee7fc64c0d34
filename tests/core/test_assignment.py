from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from builders import a_handover, an_agent

from schemas import Handover
from worker.core.assignment import Desk
from worker.core.roster import EVERYONE, Agent, Team
from worker.core.rotation import Rotation
from worker.core.session import Session
from worker.core.transition import Transition

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=5)
SESSION = Session(
    id=UUID(int=500),
    tenant_id="acme",
    contact_id="254745050238",
    contact_name="Ann",
    channel="whatsapp",
    priority=2,
    context={"kept": 1},
    version=3,
)
NEW_ID = UUID(int=999)


def decide(
    handover: Handover,
    *agents: Agent,
    session: Session | None = None,
    teams: tuple[Team, ...] = (),
    open_sessions: dict[UUID, int] | None = None,
    reassign: Any = "rotate",
) -> Transition:
    by_id = {team.id: team for team in teams}
    sessions = {session.contact_id: session} if session else {}
    desk = Desk(
        teams=by_id,
        sessions=sessions,
        pools={pool: Rotation(agents) for pool in (EVERYONE, *by_id)},
        open_sessions=open_sessions or {},
        turn=10,
        now=NOW,
        reassign=reassign,
    )
    return desk.decide(handover, NEW_ID)


def held_by(number: int) -> Session:
    return SESSION._replace(
        agent_id=UUID(int=number), agent_name="held", assigned_at=EARLIER, accepted_at=EARLIER
    )


def test_a_contact_without_an_open_session_gets_a_new_one() -> None:
    decision = decide(a_handover(contact_name="Ann"), an_agent(1))

    assert (NEW_ID, 1, "assigned", UUID(int=1)) == (
        decision.session.id,
        decision.session.version,
        decision.session.status,
        decision.session.agent_id,
    )
    assert (decision.created, decision.reason, decision.previous_agent_id) == (True, "new", None)


def test_rotate_moves_an_assigned_session_to_the_next_agent_and_clears_acceptance() -> None:
    decision = decide(a_handover(), an_agent(1, last_turn=9), an_agent(2, last_turn=3), session=held_by(1))

    assert (SESSION.id, 4, UUID(int=2), NOW, None) == (
        decision.session.id,
        decision.session.version,
        decision.session.agent_id,
        decision.session.assigned_at,
        decision.session.accepted_at,
    )
    assert (False, "again", UUID(int=1), 11) == (
        decision.created,
        decision.reason,
        decision.previous_agent_id,
        decision.turn,
    )


def test_the_next_agent_in_turn_may_be_the_same_who_then_keeps_the_acceptance() -> None:
    decision = decide(a_handover(), an_agent(1, last_turn=3), an_agent(2, last_turn=9), session=held_by(1))

    assert (UUID(int=1), EARLIER, EARLIER) == (
        decision.session.agent_id,
        decision.session.assigned_at,
        decision.session.accepted_at,
    )


def test_keep_leaves_an_eligible_agent_the_session_and_takes_no_turn() -> None:
    agents = an_agent(1, last_turn=9), an_agent(2, last_turn=3)

    decision = decide(a_handover(), *agents, session=held_by(1), reassign="keep")

    assert (UUID(int=1), None) == (decision.session.agent_id, decision.turn)


@pytest.mark.parametrize("gone", [{"status": "offline"}, {"active": False}, {"status": "busy"}])
def test_keep_moves_a_session_whose_agent_is_no_longer_eligible(gone: dict[str, Any]) -> None:
    agents = an_agent(1, **gone), an_agent(2)

    decision = decide(a_handover(), *agents, session=held_by(1), reassign="keep")

    assert UUID(int=2) == decision.session.agent_id


def test_an_assigned_session_keeps_its_agent_when_nobody_is_eligible() -> None:
    decision = decide(a_handover(), an_agent(1, status="offline"), session=held_by(1))

    assert ("assigned", UUID(int=1), "held", None) == (
        decision.session.status,
        decision.session.agent_id,
        decision.session.agent_name,
        decision.turn,
    )


def test_a_session_does_not_stand_in_its_own_way_at_the_cap() -> None:
    full = an_agent(1, max_sessions=3)

    decision = decide(a_handover(), full, session=held_by(1), open_sessions={full.id: 3})

    assert UUID(int=1) == decision.session.agent_id


def test_a_waiting_session_is_picked_up_and_has_waited_since_it_was_first_asked_for() -> None:
    waiting = SESSION._replace(waiting_since=EARLIER)

    decision = decide(a_handover(), an_agent(1), session=waiting)

    assert (SESSION.id, "again", EARLIER) == (decision.session.id, decision.reason, decision.asked_at)


def test_a_session_that_waits_has_neither_been_assigned_nor_accepted_whatever_another_program_left_in_its_row() -> (
    None
):
    left = SESSION._replace(assigned_at=EARLIER, accepted_at=EARLIER)

    decision = decide(a_handover(), an_agent(1, status="offline"), session=left)

    assert (decision.session.assigned_at, decision.session.accepted_at) == (None, None)


def test_the_newest_words_win_and_the_contexts_are_merged() -> None:
    handover = a_handover(contact_name="Bea", priority=1, context={"issue": "refund"}, channel="sms")

    decision = decide(handover, an_agent(1), session=SESSION)

    assert (
        decision.session.contact_name,
        decision.session.priority,
        decision.session.context,
        decision.session.channel,
    ) == ("Bea", 2, {"kept": 1, "issue": "refund"}, "sms")


@pytest.mark.parametrize(
    ("agents", "handover", "reason"),
    [
        ((), a_handover(), "no_agents"),
        ((an_agent(1, active=False),), a_handover(), "no_agents"),
        ((an_agent(1, status="offline"), an_agent(2, status="busy")), a_handover(), "none_online"),
        ((an_agent(1),), a_handover(skills=("french",)), "no_skill"),
        ((an_agent(1, max_sessions=0), an_agent(2, status="offline")), a_handover(), "all_at_capacity"),
        (
            (an_agent(1), an_agent(2, max_sessions=0, skills={"fr"})),
            a_handover(skills=("fr",)),
            "all_at_capacity",
        ),
    ],
)
def test_a_waiting_session_says_why(agents: tuple[Agent, ...], handover: Handover, reason: str) -> None:
    decision = decide(handover, *agents)

    assert ("unassigned", reason, NOW) == (
        decision.session.status,
        decision.reason,
        decision.session.waiting_since,
    )


def test_the_audit_names_each_agent_passed_over_and_the_rule() -> None:
    agents = an_agent(1, status="offline"), an_agent(2, max_sessions=0), an_agent(3, last_turn=5)

    decision = decide(a_handover(), *agents)

    assert {"not_online": [str(UUID(int=1))], "at_capacity": [str(UUID(int=2))]} == decision.passed_over
    assert decision.considered == 3


def test_a_handover_from_the_future_has_not_waited_at_all() -> None:
    decision = decide(a_handover(asked_at=NOW + timedelta(hours=1)), an_agent(1))

    assert decision.asked_at == NOW


SALES, SUPPORT = (
    Team(UUID(int=71), active=True, is_default=True),
    Team(UUID(int=72), active=True, is_default=False),
)
CLOSED = Team(UUID(int=73), active=False, is_default=False)


@pytest.mark.parametrize(
    ("requested", "session_team", "teams", "team_id", "fallback"),
    [
        (None, None, (), None, None),
        (None, None, (SALES, SUPPORT), SALES.id, None),
        (str(SUPPORT.id), None, (SALES, SUPPORT), SUPPORT.id, None),
        (None, SUPPORT.id, (SALES, SUPPORT), SUPPORT.id, None),
        (str(SALES.id), SUPPORT.id, (SALES, SUPPORT), SALES.id, None),
        (None, CLOSED.id, (SALES, CLOSED), SALES.id, None),
        (str(CLOSED.id), None, (SALES, CLOSED), SALES.id, "inactive"),
        (str(UUID(int=666)), None, (SALES,), SALES.id, "unknown"),
        ("not a uuid", None, (SALES,), SALES.id, "unknown"),
        (str(UUID(int=666)), SUPPORT.id, (SUPPORT,), None, "unknown"),
        (str(EVERYONE), None, (SALES,), SALES.id, "unknown"),
    ],
)
def test_the_team_asked_for_else_the_sessions_own_else_the_default_else_everyone(
    requested: str | None,
    session_team: UUID | None,
    teams: tuple[Team, ...],
    team_id: UUID | None,
    fallback: str | None,
) -> None:
    session = SESSION._replace(team_id=session_team) if session_team else None

    decision = decide(a_handover(team_id=requested), an_agent(1), session=session, teams=teams)

    assert (team_id, fallback) == (decision.session.team_id, decision.team_fallback)
