"""What an operator may do to a session: one version each, and nothing when it is so already."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from builders import an_agent

from worker.core.eligibility import Wanted
from worker.core.operation import Act, Unfit, delete, reassign, release, resolve
from worker.core.session import Session

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLIER = datetime(2026, 11, 23, 11, tzinfo=UTC)
ANN, BOB = an_agent(1), an_agent(2)
ACT = Act("joy", NOON)
ANYTHING = Wanted(frozenset(), {})
ASSIGNED = Session(
    id=UUID(int=9),
    tenant_id="acme",
    contact_id="254745050238",
    contact_name=None,
    channel="whatsapp",
    priority=0,
    context=None,
    version=3,
    skills=("swahili",),
    handover_id="e-1",
    agent_id=ANN.id,
    agent_name=ANN.name,
    assigned_at=EARLIER,
    accepted_at=EARLIER,
)
WAITING = ASSIGNED._replace(agent_id=None, agent_name=None, assigned_at=None, waiting_since=EARLIER)


def test_each_makes_the_next_version_and_says_who_had_it() -> None:
    transitions = [
        release(ASSIGNED, ACT),
        resolve(ASSIGNED, ACT),
        delete(ASSIGNED, ACT),
        reassign(ASSIGNED, BOB, ANYTHING, ACT, force=False),
    ]
    assert [
        each and (each.what, each.status, each.session.version, each.session.agent_id, each.previous_agent_id)
        for each in transitions
    ] == [
        ("released", "unassigned", 4, None, ANN.id),
        ("resolved", "resolved", 4, ANN.id, ANN.id),
        ("deleted", "deleted", 4, None, ANN.id),
        ("assigned", "assigned", 4, BOB.id, ANN.id),
    ]
    assert {each and (each.reason, each.actor, each.handover_id, each.skills) for each in transitions} == {
        ("operator", "joy", "e-1", ("swahili",))
    }


def test_a_session_of_raw_sql_gets_its_first_version() -> None:
    assert resolve(ASSIGNED._replace(version=0), ACT).session.version == 1


def test_what_is_so_already_is_left() -> None:
    assert release(WAITING, ACT) is None
    assert reassign(ASSIGNED, ANN, ANYTHING, ACT, force=True) is None


def test_what_says_assigned_and_names_no_agent_is_not_so_already() -> None:
    """Whoever asked last waits still: unless somebody had accepted, since then."""
    adrift = ASSIGNED._replace(agent_id=None, agent_name=None, asked_at=EARLIER, adrift=True)
    unaccepted = adrift._replace(accepted_at=None)
    assert [
        each and (each.what, each.status, each.session.version, each.session.adrift, each.asked_at)
        for each in (release(adrift, ACT), release(unaccepted, ACT))
    ] == [("released", "unassigned", 4, False, NOON), ("released", "unassigned", 4, False, EARLIER)]


def test_what_waited_has_waited_since_then() -> None:
    transition = reassign(WAITING, BOB, ANYTHING, ACT, force=False)
    assert transition
    assert (transition.asked_at, transition.session.waiting_since) == (EARLIER, None)


def test_another_agent_has_yet_to_accept() -> None:
    transition = reassign(ASSIGNED, BOB, ANYTHING, ACT, force=False)
    assert transition
    assert (transition.session.assigned_at, transition.session.accepted_at) == (NOON, None)


def test_an_agent_who_may_not_take_it_is_unfit_unless_forced() -> None:
    full = BOB._replace(max_sessions=1)
    taken, free = Wanted(frozenset(), {BOB.id: 1}), Wanted(frozenset(), {BOB.id: 0})
    with pytest.raises(Unfit, match="'agent 2' has as many sessions as allowed: --force"):
        reassign(ASSIGNED, full, taken, ACT, force=False)
    assert reassign(ASSIGNED, full, taken, ACT, force=True)
    assert reassign(ASSIGNED, full, free, ACT, force=False)


def test_who_had_not_accepted_has_kept_the_customer_waiting() -> None:
    unaccepted = ASSIGNED._replace(accepted_at=None, asked_at=EARLIER)
    assert [each and each.asked_at for each in (release(unaccepted, ACT), release(ASSIGNED, ACT))] == [
        EARLIER,
        NOON,
    ]
