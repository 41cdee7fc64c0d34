"""The one transaction, on real PostgreSQL: section by section what a handover does."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import (
    a_handover,
    given_agents,
    given_session,
    given_team,
    given_turns,
    handed_over,
    sessions,
)

from schemas import Handover, decode_session_event
from worker.core.assignment import Desk
from worker.core.transition import Transition
from worker.handover import PART


async def test_a_contact_never_seen_gets_one_assigned_session_and_one_event(
    connection: asyncpg.Connection,
) -> None:
    [agent] = await given_agents(connection)
    handover = a_handover(contact_name="Ann", context={"issue": "refund"}, priority=4)

    outcome = await handed_over(connection, handover)

    [row] = await sessions(connection)
    assert ("assigned", agent, "Ann", "whatsapp", 4, {"issue": "refund"}) == (
        row["status"],
        row["assignedAgentId"],
        row["contactName"],
        row["channel"],
        row["priority"],
        row["context"],
    )
    [stored] = await connection.fetch("select * from handover.outbox")
    [announced] = outcome.announcements
    assert (stored["id"], stored["body"]) == (announced.id, announced.body)
    event = decode_session_event(announced.body)
    assert ("assigned", row["id"], 1, agent, "agent 1", "new", True, handover.event_id) == (
        event.what,
        event.session_id,
        event.session_version,
        event.agent_id,
        event.agent_name,
        event.reason,
        event.created,
        event.handover_id,
    )


async def test_an_assigned_session_stays_one_row_and_goes_to_the_next_agent(
    connection: asyncpg.Connection,
) -> None:
    agents = sorted(await given_agents(connection, 2))
    session = await given_session(connection, "assigned", agent=agents[0])

    outcome = await handed_over(connection, a_handover())
    await handed_over(connection, a_handover())

    [row] = await sessions(connection)
    assert (session, "assigned", agents[1]) == (row["id"], row["status"], row["assignedAgentId"])
    [first] = outcome.decisions
    assert (1, agents[0]) == (first.session.version, first.previous_agent_id)


async def test_acceptance_is_cleared_when_the_agent_changes(connection: asyncpg.Connection) -> None:
    agents = sorted(await given_agents(connection, 2))
    await given_session(connection, "assigned", agent=agents[1])

    await handed_over(connection, a_handover())

    [row] = await sessions(connection)
    assert (agents[0], None) == (row["assignedAgentId"], row["acceptedAt"])


async def test_an_unassigned_session_is_reused(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    session = await given_session(connection, "unassigned")

    await handed_over(connection, a_handover())

    [row] = await sessions(connection)
    assert (session, "assigned", agent) == (row["id"], row["status"], row["assignedAgentId"])


async def test_a_resolved_session_is_never_reopened(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    resolved = await given_session(connection, "resolved")

    await handed_over(connection, a_handover())

    old, new = await sessions(connection)
    assert (resolved, "resolved", "assigned") == (old["id"], old["status"], new["status"])


async def test_channel_and_team_do_not_split_a_contact(connection: asyncpg.Connection) -> None:
    team = await given_team(connection)
    await given_agents(connection, 2, teams=(team,))

    await handed_over(connection, a_handover(), a_handover(channel="sms"), a_handover(team_id=str(team)))

    assert len(await sessions(connection)) == 1


async def test_two_tenants_share_nothing(connection: asyncpg.Connection) -> None:
    [ours] = await given_agents(connection, tenant="acme")
    [theirs] = await given_agents(connection, tenant="globex")
    same = {"event_id": "e-1"}

    await handed_over(
        connection, a_handover(tenant_id="acme", **same), a_handover(tenant_id="globex", **same)
    )

    rows = await sessions(connection)
    assert {"acme": ours, "globex": theirs} == {row["tenantId"]: row["assignedAgentId"] for row in rows}


async def test_another_tenants_team_is_unknown_and_its_agents_get_nothing(
    connection: asyncpg.Connection,
) -> None:
    team = await given_team(connection, tenant="globex")
    await given_agents(connection, 3, tenant="globex", teams=(team,))
    [ours] = await given_agents(connection, tenant="acme")

    outcome = await handed_over(connection, a_handover(team_id=str(team)))

    [row] = await sessions(connection)
    assert (ours, None) == (row["assignedAgentId"], row["assignedTeamId"])
    event = decode_session_event(outcome.announcements[0].body)
    assert (str(team), "unknown") == (event.requested_team_id, event.team_fallback)


async def test_a_team_that_lists_another_tenants_agent_does_not_give_them_a_session(
    connection: asyncpg.Connection,
) -> None:
    team = await given_team(connection, tenant="acme")
    await given_agents(connection, tenant="globex", teams=(team,))

    await handed_over(connection, a_handover(team_id=str(team)))

    [row] = await sessions(connection)
    assert row["status"] == "unassigned"


async def test_an_unknown_team_falls_back_to_the_default_and_nothing_is_left_behind(
    connection: asyncpg.Connection,
) -> None:
    default = await given_team(connection, default=True)
    [agent] = await given_agents(connection, teams=(default,))

    await handed_over(connection, a_handover(team_id=str(uuid4())))

    [row] = await sessions(connection)
    assert ("assigned", agent, default) == (row["status"], row["assignedAgentId"], row["assignedTeamId"])


async def test_each_team_rotates_by_itself_and_the_cap_counts_over_all(
    connection: asyncpg.Connection,
) -> None:
    sales, support = await given_team(connection), await given_team(connection)
    [both] = await given_agents(connection, teams=(sales, support), max_sessions=2)

    await handed_over(
        connection,
        *(a_handover(f"25470000000{n}", team_id=str(team)) for n, team in enumerate((sales, support, sales))),
    )

    assert {both: 2} == await given_turns(connection)
    reasons = await connection.fetch("select reason from handover.assignments where what = 'waiting'")
    assert [row["reason"] for row in reasons] == ["all_at_capacity"]


async def test_a_waiting_session_is_announced_and_picked_up_by_the_next_handover(
    connection: asyncpg.Connection,
) -> None:
    waiting = await handed_over(connection, a_handover())
    assert [row["assignedAt"] for row in await sessions(connection)] == [None]
    [agent] = await given_agents(connection)
    assigned = await handed_over(connection, a_handover())

    events = [decode_session_event(outcome.announcements[0].body) for outcome in (waiting, assigned)]
    assert [("waiting", 1, "no_agents", None), ("assigned", 2, "again", agent)] == [
        (event.what, event.session_version, event.reason, event.agent_id) for event in events
    ]
    assert events[0].session_id == events[1].session_id


async def test_a_redelivery_changes_nothing_and_announces_nothing(connection: asyncpg.Connection) -> None:
    await given_agents(connection, 2)
    handover = a_handover()
    await handed_over(connection, handover)
    before = await _everything(connection)

    again = await handed_over(connection, handover)

    assert (again.decisions, again.announcements) == ((), ())
    assert before == await _everything(connection)


async def test_a_redelivery_after_the_session_was_resolved_opens_nothing(
    connection: asyncpg.Connection,
) -> None:
    await given_agents(connection)
    handover = a_handover()
    await handed_over(connection, handover)
    await connection.execute("update inbox_sessions set status = 'resolved'")

    await handed_over(connection, handover)

    assert [row["status"] for row in await sessions(connection)] == ["resolved"]


async def test_the_same_event_twice_inside_one_batch_is_one_handover(connection: asyncpg.Connection) -> None:
    await given_agents(connection, 2)
    handover = a_handover()

    outcome = await handed_over(connection, handover, handover.model_copy(), a_handover("1"))

    assert (len(outcome.decisions), len(outcome.conflicts)) == (2, 0)


async def test_an_event_id_with_another_contact_is_a_conflict_without_effect(
    connection: asyncpg.Connection,
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1", event_id="e"))

    outcome = await handed_over(connection, a_handover("2", event_id="e"))

    assert [conflict.handover.contact_id for conflict in outcome.conflicts] == ["2"]
    assert await sessions(connection, "2") == []


async def test_versions_have_no_gaps_when_a_batch_holds_a_contact_many_times(
    connection: asyncpg.Connection,
) -> None:
    await given_agents(connection, 3)

    outcome = await handed_over(connection, *(a_handover() for _ in range(7)))
    await handed_over(connection, a_handover())

    assert list(range(1, 8)) == [decision.session.version for decision in outcome.decisions]
    versions = await connection.fetch("select version from handover.assignments order by version")
    assert list(range(1, 9)) == [row["version"] for row in versions]


async def test_a_batch_is_all_or_nothing(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    await connection.execute("""alter table inbox_sessions add check ("contactName" <> 'poison')""")

    with pytest.raises(asyncpg.CheckViolationError):
        await handed_over(connection, a_handover("1"), a_handover("2", contact_name="poison"))

    counts = [
        await connection.fetchval(f"select count(*) from {table}")  # noqa: S608 - our own table names
        for table in ("inbox_sessions", "handover.handled_events", "handover.outbox", "handover.turns")
    ]
    assert counts == [0, 0, 0, 0]


async def test_a_batch_of_several_parts_is_one_batch(connection: asyncpg.Connection) -> None:
    agents = await given_agents(connection, 3)
    handovers = [a_handover("1" if n % 50 == 0 else f"other {n}") for n in range(3 * PART - 30)]

    outcome = await handed_over(connection, *handovers)

    assert [each.event_id for each in handovers] == [each.handover_id for each in outcome.decisions]
    assert [each.session.id for each in outcome.decisions] == [
        each.session_id for each in outcome.announcements
    ]
    written = await connection.fetch("select session_id, version from handover.assignments order by turn")
    assert [(each.session.id, each.session.version) for each in outcome.decisions] == list(
        map(tuple, written)
    )
    [again, *_] = await sessions(connection, "1")
    assert again["assignedAgentId"] == next(
        each.session.agent_id for each in reversed(outcome.decisions) if each.session.id == again["id"]
    )
    assert await connection.fetchval("select count(distinct decided_at) from handover.assignments") == 1
    assert set((await given_turns(connection)).values()) == {len(handovers) // len(agents)}


@pytest.mark.parametrize("number", [0, PART, 2 * PART + 1])
async def test_what_cannot_be_written_leaves_nothing_of_any_part_nor_of_the_transaction(
    connection: asyncpg.Connection, number: int
) -> None:
    await given_agents(connection)
    await connection.execute("""alter table inbox_sessions add check ("contactName" <> 'poison')""")
    names = {number: "poison"}
    handovers = [a_handover(str(n), contact_name=names.get(n, "Ann")) for n in range(2 * PART + 2)]

    with pytest.raises(asyncpg.CheckViolationError):
        await handed_over(connection, *handovers)

    assert await connection.fetchval("select count(*) from handover.handled_events") == 0
    await handed_over(connection, *(each for n, each in enumerate(handovers) if n != number))
    assert await connection.fetchval("select count(*) from handover.outbox") == 2 * PART + 1


async def test_what_cannot_be_decided_while_the_part_before_is_written_leaves_nothing(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given_agents(connection)
    handovers = [a_handover(str(n)) for n in range(PART + 1)]
    decide = Desk.decide

    def stumble(desk: Desk, handover: Handover, session_id: UUID) -> Transition:
        if handover is handovers[-1]:
            raise ZeroDivisionError
        return decide(desk, handover, session_id)

    monkeypatch.setattr(Desk, "decide", stumble)
    with pytest.raises(ZeroDivisionError):
        await handed_over(connection, *handovers)
    monkeypatch.undo()

    assert await connection.fetchval("select count(*) from handover.handled_events") == 0
    assert len((await handed_over(connection, *handovers)).decisions) == PART + 1


async def test_a_session_another_program_reset_by_hand_goes_on_with_its_versions(
    connection: asyncpg.Connection,
) -> None:
    agents = await given_agents(connection, 2)
    await handed_over(connection, a_handover())
    await connection.execute("""update inbox_sessions set status = 'unassigned', "assignedAgentId" = null""")

    outcome = await handed_over(connection, a_handover())

    [decision] = outcome.decisions
    assert (decision.session.version, decision.previous_agent_id, decision.created) == (2, None, False)
    assert decision.session.agent_id in agents


async def test_a_session_another_program_took_and_gave_is_as_its_status_says(
    connection: asyncpg.Connection,
) -> None:
    await handed_over(connection, a_handover())
    [agent] = await given_agents(connection)
    await connection.execute(
        """update inbox_sessions set status = 'assigned', "assignedAgentId" = $1""", agent
    )
    await connection.execute("update handover.agents set status = 'offline'")
    await connection.execute("update handover.assignments set asked_at = asked_at - interval '3 days'")

    [kept] = (await handed_over(connection, a_handover())).decisions
    await connection.execute("update inbox_sessions set status = 'unassigned'")
    [waiting] = (await handed_over(connection, a_handover())).decisions

    assert kept.decided_at - kept.asked_at < timedelta(days=1)
    assert (waiting.session.agent_id, waiting.session.agent_name) == (None, None)


async def test_a_status_column_of_another_type_works_the_same(connection: asyncpg.Connection) -> None:
    await connection.execute("""
        drop index inbox_sessions_one_active, inbox_sessions_agent, inbox_sessions_status,
            inbox_sessions_waiting, inbox_sessions_waiting_age, inbox_sessions_unaccepted;
        drop trigger tell_of_session on inbox_sessions;
        drop trigger tell_of_deletion on inbox_sessions;
        alter table inbox_sessions alter status drop default, alter status type varchar(20);
        create unique index on inbox_sessions ("tenantId", "contactId") where status in ('assigned', 'unassigned');
    """)
    await given_agents(connection)

    await handed_over(connection, a_handover("1"))
    await handed_over(connection, a_handover("1"), a_handover("2", tenant_id="nobody"))

    rows = await connection.fetch('select status from inbox_sessions order by "contactId"')
    assert [row["status"] for row in rows] == ["assigned", "unassigned"]


async def _everything(connection: asyncpg.Connection) -> list[list[tuple[object, ...]]]:
    return [
        sorted(map(tuple, await connection.fetch(f"select * from {table}")), key=str)  # noqa: S608 - our own
        for table in ("inbox_sessions", "handover.assignments", "handover.turns", "handover.outbox")
    ]


async def test_a_turn_is_not_spent_when_the_save_fails(connection: asyncpg.Connection) -> None:
    agents = await given_agents(connection, 2)
    await connection.execute("""alter table inbox_sessions add check ("contactName" <> 'poison')""")
    for n in range(10):
        name = "poison" if n % 2 else "Ann"
        with suppress(asyncpg.CheckViolationError):
            await handed_over(connection, a_handover(str(n), contact_name=name))

    counts = await given_turns(connection)
    assert sorted(counts[agent] for agent in agents) == [2, 3]


async def test_skills_are_asked_for_and_kept_in_the_audit(connection: asyncpg.Connection) -> None:
    await given_agents(connection, skills=("english",))
    [both] = await given_agents(connection, skills=("english", "swahili"))

    await handed_over(
        connection,
        a_handover("1"),
        a_handover("2", skills=("swahili", "english")),
        a_handover("3", skills=("french",)),
    )

    rows = await connection.fetch(
        "select contact_id, agent_id, reason, skills from handover.assignments where contact_id <> '1' order by 1"
    )
    assert [tuple(row) for row in rows] == [
        ("2", both, "new", ["swahili", "english"]),
        ("3", None, "no_skill", ["french"]),
    ]


async def test_a_context_that_is_no_object_is_left_alone_or_replaced(connection: asyncpg.Connection) -> None:
    """The inbox application may keep anything in there."""
    await given_agents(connection)
    await given_session(connection, "unassigned", contact_id="1")
    await given_session(connection, "unassigned", contact_id="2")
    await connection.execute("update inbox_sessions set context = $1", [["a", 1], None])

    await handed_over(connection, a_handover("1"), a_handover("2", context={"b": 2}))

    rows = await connection.fetch('select context from inbox_sessions order by "contactId"')
    assert [row["context"] for row in rows] == [[["a", 1], None], {"b": 2}]
