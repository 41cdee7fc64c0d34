"""Serving those who wait, passing on what was not accepted, releasing what an agent left behind."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, given_team, given_turns, handed_over, sessions
from locks import until_blocked

from schemas import SessionEvent, decode_session_event
from worker import sql
from worker.acceptance import pass_on
from worker.announcement import Announcement
from worker.desks import Routing
from worker.draining import drain
from worker.leaving import Departure, release

ROUTING = Routing(lease_seconds=60)
WEEK = timedelta(days=7)


def events(announcements: Sequence[Announcement]) -> list[SessionEvent]:
    return [decode_session_event(each.body) for each in announcements]


async def drained(
    connection: asyncpg.Connection, *, heartbeat: timedelta | None = None
) -> list[SessionEvent]:
    routing = Routing(lease_seconds=60, heartbeat=heartbeat)
    return events(await drain(connection, "acme", routing=routing, max_age=WEEK))


async def passed_on(connection: asyncpg.Connection) -> list[SessionEvent]:
    rows = await connection.fetch(sql.find_unaccepted, 100)
    overdue = {row["id"]: row["assigned_at"] for row in rows}
    return events(await pass_on(connection, "acme", overdue, routing=ROUTING)) if overdue else []


async def left(connection: asyncpg.Connection, grace: float = 0) -> list[SessionEvent]:
    found = []
    for row in await connection.fetch(sql.find_departed, grace, 100):
        found += events(await release(connection, Departure(**row), routing=ROUTING))
    return found


async def set_status(connection: asyncpg.Connection, agent: UUID, status: str) -> None:
    await connection.execute("update handover.agents set status = $1 where id = $2", status, agent)


async def test_who_waits_is_served_when_somebody_comes_online(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection, status="offline")
    await handed_over(connection, a_handover(event_id="e", contact_name="Ann"))
    assert await drained(connection) == []

    await set_status(connection, agent, "online")
    [event] = await drained(connection)

    assert (event.what, event.session_version, event.reason, event.agent_id, event.handover_id) == (
        "assigned",
        2,
        "queue",
        agent,
        "e",
    )
    [row] = await sessions(connection)
    assert (row["status"], row["assignedAgentId"]) == ("assigned", agent)
    assert await drained(connection) == []


async def test_priority_first_then_the_oldest(connection: asyncpg.Connection) -> None:
    for contact, priority in (("1", 0), ("2", 5), ("3", 5), ("4", 0)):
        await handed_over(connection, a_handover(contact, priority=priority))
    await given_agents(connection, max_sessions=3)

    assert [event.contact_id for event in await drained(connection)] == ["2", "3", "1"]


async def test_a_closed_team_at_the_head_starves_nobody(connection: asyncpg.Connection) -> None:
    closed, open_ = await given_team(connection), await given_team(connection)
    await given_agents(connection, teams=(closed,), status="offline")
    await handed_over(
        connection, *(a_handover(f"1{n:03}", team_id=str(closed), priority=9) for n in range(250))
    )
    await handed_over(connection, a_handover("2", team_id=str(open_)))
    await given_agents(connection, teams=(open_,))

    assert [event.contact_id for event in await drained(connection)] == ["2"]


async def test_a_skill_nobody_has_at_the_head_starves_nobody(connection: asyncpg.Connection) -> None:
    await handed_over(
        connection, *(a_handover(f"1{n:03}", skills=("klingon",), priority=9) for n in range(250))
    )
    await handed_over(connection, a_handover("2"))
    await given_agents(connection)

    assert [event.contact_id for event in await drained(connection)] == ["2"]


async def test_the_newcomer_gets_fair_turns_not_the_backlog(connection: asyncpg.Connection) -> None:
    agents = await given_agents(connection, 3, max_sessions=1)
    await handed_over(connection, *(a_handover(str(n)) for n in range(9)))
    await connection.execute("update handover.agents set max_sessions = null")
    agents += await given_agents(connection)

    await drained(connection)

    counts = await given_turns(connection)
    assert sorted(counts[agent] for agent in agents) == [2, 2, 2, 3]


async def test_sessions_of_a_team_that_is_gone_are_served_by_the_default(
    connection: asyncpg.Connection,
) -> None:
    team = await given_team(connection)
    await handed_over(connection, a_handover(team_id=str(team)))
    await connection.execute("delete from handover.teams")
    [agent] = await given_agents(connection)

    [event] = await drained(connection)

    assert (event.agent_id, event.team_id) == (agent, None)


async def test_a_session_left_unassigned_by_hand_is_served_too(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    session = await given_session(connection, "unassigned")

    [event] = await drained(connection)

    assert (event.session_id, event.session_version) == (session, 1)


async def test_what_is_too_old_is_left_to_people(connection: asyncpg.Connection) -> None:
    await handed_over(connection, a_handover())
    await connection.execute("""update inbox_sessions set "updatedAt" = now() - interval '8 days'""")
    await given_agents(connection)

    assert await drained(connection) == []
    assert await connection.fetch(sql.find_drainable_tenants, WEEK) == []


@pytest.mark.parametrize("what", ["asked for again", "released"])
async def test_a_session_opened_long_ago_waits_since_it_last_changed(
    connection: asyncpg.Connection, what: str
) -> None:
    [agent] = await given_agents(connection)
    if what == "asked for again":
        await set_status(connection, agent, "offline")
    await handed_over(connection, a_handover())
    await connection.execute(
        """update inbox_sessions
           set "createdAt" = now() - interval '8 days', "updatedAt" = now() - interval '8 days'"""
    )
    if what == "asked for again":
        await handed_over(connection, a_handover())
    else:
        await connection.execute("update handover.agents set active = false")
        await left(connection)
    await connection.execute("update handover.agents set active = true, status = 'online'")

    assert len(await connection.fetch(sql.find_drainable_tenants, WEEK)) == 1
    [event] = await drained(connection)

    assert event.agent_id == agent


@pytest.mark.parametrize("back", ["active = true", "active = true, status = 'offline'"])
async def test_who_is_made_inactive_and_active_again_keeps_what_they_have(
    connection: asyncpg.Connection, back: str
) -> None:
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())
    if back == "active = true":
        await set_status(connection, agent, "offline")

    await connection.execute("update handover.agents set active = false")
    await connection.execute(f"update handover.agents set {back}")  # noqa: S608 - our own

    assert await left(connection) == []
    [session] = await sessions(connection)
    assert session["assignedAgentId"] == agent


async def test_nobody_online_costs_no_transaction(connection: asyncpg.Connection) -> None:
    await given_agents(connection, status="offline")
    await handed_over(connection, a_handover())

    assert await connection.fetch(sql.find_drainable_tenants, WEEK) == []


async def test_a_row_somebody_holds_is_passed_by(
    connection: asyncpg.Connection, rival: asyncpg.Connection
) -> None:
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await given_agents(connection)
    async with rival.transaction():
        await rival.execute("""update inbox_sessions set "updatedAt" = now() where "contactId" = '1'""")
        assert [event.contact_id for event in await drained(connection)] == ["2"]

    assert [event.contact_id for event in await drained(connection)] == ["1"]


async def test_a_manual_team_waits_for_a_person(connection: asyncpg.Connection) -> None:
    team = await given_team(connection)
    await connection.execute("update handover.teams set manual = true")
    await given_agents(connection, teams=(team,))

    outcome = await handed_over(connection, a_handover(team_id=str(team)))

    assert outcome.decisions[0].reason == "manual"
    assert await drained(connection) == []


async def test_a_closed_team_waits_until_it_opens(connection: asyncpg.Connection) -> None:
    team = await given_team(connection)
    await connection.execute("update handover.teams set schedule = $1", {"timezone": "UTC", "days": {}})
    await given_agents(connection, teams=(team,))

    outcome = await handed_over(connection, a_handover(team_id=str(team)))
    assert outcome.decisions[0].reason == "team_closed"
    assert await drained(connection) == []

    every_day = {"monday": [{"start": "00:00", "end": "24:00"}]}
    every_day |= dict.fromkeys(("tuesday", "wednesday", "thursday", "friday"), every_day["monday"])
    every_day |= dict.fromkeys(("saturday", "sunday"), every_day["monday"])
    await connection.execute(
        "update handover.teams set schedule = $1", {"timezone": "UTC", "days": every_day}
    )
    assert [event.reason for event in await drained(connection)] == ["queue"]


async def test_a_schedule_nobody_can_read_does_not_close_the_team(connection: asyncpg.Connection) -> None:
    team = await given_team(connection)
    await connection.execute("update handover.teams set schedule = $1", ["nonsense"])
    await given_agents(connection, teams=(team,))

    outcome = await handed_over(connection, a_handover(team_id=str(team)))

    assert outcome.decisions[0].reason == "new"


async def test_an_agent_unseen_for_too_long_gets_nothing(connection: asyncpg.Connection) -> None:
    unseen, seen = await given_agents(connection, 2)
    await connection.execute("update handover.agents set seen_at = now() where id = $1", seen)
    await handed_over(connection, *(a_handover(str(n)) for n in range(2)))
    await connection.execute("""update inbox_sessions set status = 'unassigned', "assignedAgentId" = null""")

    events_ = await drained(connection, heartbeat=timedelta(seconds=30))

    assert {event.agent_id for event in events_} == {seen}
    assert unseen != seen


@pytest.fixture
async def impatient_team(connection: asyncpg.Connection) -> UUID:
    team = await given_team(connection, default=True)
    await connection.execute("update handover.teams set accept_seconds = 10")
    return team


async def time_passes(connection: asyncpg.Connection, seconds: int = 11) -> None:
    await connection.execute(
        """update inbox_sessions set "assignedAt" = "assignedAt" - make_interval(secs => $1)""", seconds
    )


async def test_an_unanswered_session_visits_every_agent_once_in_turn_and_then_waits(
    connection: asyncpg.Connection, impatient_team: UUID
) -> None:
    agents = await given_agents(connection, 4, teams=(impatient_team,))
    outcome = await handed_over(connection, a_handover())
    visited = [outcome.decisions[0].session.agent_id]
    for _ in range(3):
        assert await passed_on(connection) == []
        await time_passes(connection)
        [event] = await passed_on(connection)
        assert (event.what, event.reason, event.previous_agent_id) == ("assigned", "timeout", visited[-1])
        visited.append(event.agent_id)
    await time_passes(connection)
    [event] = await passed_on(connection)

    assert sorted(filter(None, visited)) == sorted(agents)
    assert (event.what, event.reason, event.agent_id, event.session_version) == (
        "waiting",
        "unanswered",
        None,
        5,
    )
    [row] = await sessions(connection)
    assert (row["status"], row["assignedAgentId"], row["assignedAt"]) == ("unassigned", None, None)


async def test_after_a_full_round_it_rests_and_then_begins_anew(
    connection: asyncpg.Connection, impatient_team: UUID
) -> None:
    [agent] = await given_agents(connection, teams=(impatient_team,))
    await handed_over(connection, a_handover())
    await time_passes(connection)
    await passed_on(connection)
    assert await drained(connection) == []

    [newcomer] = await given_agents(connection, teams=(impatient_team,))
    assert [event.agent_id for event in await drained(connection)] == [newcomer]

    await time_passes(connection)
    await passed_on(connection)
    await connection.execute(
        "update handover.assignments set decided_at = decided_at - interval '1 min' where reason = 'unanswered'"
    )
    assert [event.agent_id for event in await drained(connection)] == [agent]


async def test_what_nobody_accepts_is_not_offered_for_ever(
    connection: asyncpg.Connection, impatient_team: UUID
) -> None:
    await given_agents(connection, teams=(impatient_team,))
    await handed_over(connection, a_handover())
    await time_passes(connection)
    await passed_on(connection)
    await connection.execute("update handover.assignments set decided_at = decided_at - interval '1 min'")
    await connection.execute("update handover.assignments set asked_at = asked_at - interval '8 days'")

    assert await drained(connection) == []
    [left_to_people] = await connection.fetch(sql.count_left_waiting, WEEK, 10)
    assert (left_to_people["tenant_id"], left_to_people["sessions"]) == ("acme", 1)


async def test_an_accepted_session_stays(connection: asyncpg.Connection, impatient_team: UUID) -> None:
    await given_agents(connection, 2, teams=(impatient_team,))
    await handed_over(connection, a_handover())
    await connection.execute("""update inbox_sessions set "acceptedAt" = now()""")
    await time_passes(connection, 100)

    assert await passed_on(connection) == []


async def test_acceptance_is_off_by_default_and_may_be_set_for_a_tenant(
    connection: asyncpg.Connection,
) -> None:
    await given_agents(connection, 2)
    await handed_over(connection, a_handover())
    await time_passes(connection, 100_000)
    assert await passed_on(connection) == []

    await connection.execute("update handover.tenants set accept_seconds = 10")
    assert [event.reason for event in await passed_on(connection)] == ["timeout"]


async def test_one_accepted_while_it_was_being_passed_on_is_left_alone(
    connection: asyncpg.Connection, impatient_team: UUID
) -> None:
    await given_agents(connection, 2, teams=(impatient_team,))
    await handed_over(connection, a_handover())
    await time_passes(connection)
    rows = await connection.fetch(sql.find_unaccepted, 10)
    await connection.execute("""update inbox_sessions set "acceptedAt" = now()""")

    overdue = {row["id"]: row["assigned_at"] for row in rows}
    assert await pass_on(connection, "acme", overdue, routing=ROUTING) == ()


async def test_offline_keeps_its_sessions_by_default(connection: asyncpg.Connection) -> None:
    agents = await given_agents(connection, 2)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await set_status(connection, agents[0], "offline")

    assert await left(connection) == []
    assert await connection.fetchval("select count(*) from handover.departures") == 0


@pytest.mark.parametrize(("policy", "released"), [("release-unaccepted", {"2"}), ("release-all", {"1", "2"})])
async def test_policy_says_what_is_released_when_an_agent_goes_offline(
    connection: asyncpg.Connection, policy: str, released: set[str]
) -> None:
    team = await given_team(connection, default=True)
    [leaver] = await given_agents(connection, teams=(team,))
    await connection.execute("update handover.teams set on_offline = $1", policy)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await connection.execute("""update inbox_sessions set "acceptedAt" = now() where "contactId" = '1'""")
    [stayer] = await given_agents(connection, teams=(team,))
    await set_status(connection, leaver, "offline")

    found = await left(connection)

    assert {event.contact_id for event in found} == released
    for contact in released:
        story = sorted((e for e in found if e.contact_id == contact), key=lambda e: e.session_version)
        assert [(e.what, e.session_version, e.reason, e.agent_id, e.previous_agent_id) for e in story] == [
            ("released", 2, "released", None, leaver),
            ("assigned", 3, "released", stayer, leaver),
        ]


async def test_a_grace_costs_nothing_to_who_comes_back_in_time(connection: asyncpg.Connection) -> None:
    [agent, _] = await given_agents(connection, 2)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await connection.execute("update handover.tenants set on_offline = 'release-all', grace_seconds = 10")
    await set_status(connection, agent, "offline")

    assert await left(connection) == []
    await set_status(connection, agent, "online")
    await connection.execute("update handover.departures set left_at = left_at - interval '11 s'")

    assert await left(connection) == []


async def test_who_came_back_between_the_look_and_the_lock_keeps_everything(
    connection: asyncpg.Connection,
) -> None:
    [agent, _] = await given_agents(connection, 2)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await connection.execute("update handover.tenants set on_offline = 'release-all'")
    await set_status(connection, agent, "offline")
    [row] = await connection.fetch(sql.find_departed, 0, 10)
    await set_status(connection, agent, "online")

    assert await release(connection, Departure(**row), routing=ROUTING) == ()


async def test_who_is_being_put_on_the_roster_again_keeps_everything(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """A new agent's row waits for no tenant's lock: that of the departure is all that there is."""
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute("delete from handover.agents")
    [row] = await connection.fetch(sql.find_departed, 0, 10)
    async with connection.transaction():
        await connection.execute(
            "insert into handover.agents (id, tenant_id, name, status) values ($1, 'acme', 'Ann', 'online')",
            agent,
        )
        releasing = asyncio.create_task(release(rival, Departure(**row), routing=ROUTING))
        await until_blocked(observer, rival)

    assert await releasing == ()


@pytest.mark.parametrize(
    "change", ["delete from handover.agents", "update handover.agents set active = false"]
)
async def test_who_leaves_the_roster_leaves_nothing_behind(
    connection: asyncpg.Connection, change: str
) -> None:
    [leaver] = await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute(change)

    story = await left(connection)

    assert [(e.what, e.reason, e.agent_id, e.previous_agent_id) for e in story] == [
        ("released", "released", None, leaver),
        ("waiting", "no_agents", None, leaver),
    ]
    assert await connection.fetchval("select count(*) from handover.departures") == 0


@pytest.mark.parametrize(
    "change", ["delete from handover.agents", "update handover.agents set active = false"]
)
async def test_who_is_taken_off_the_roster_while_offline_leaves_as_that_from_then_on(
    connection: asyncpg.Connection, change: str
) -> None:
    [leaver] = await given_agents(connection)
    await handed_over(connection, a_handover())
    await set_status(connection, leaver, "offline")
    await connection.execute("update handover.departures set left_at = left_at - interval '1 h'")
    await connection.execute(change)

    assert await left(connection, grace=600) == []
    assert [event.what for event in await left(connection)] == ["released", "waiting"]


async def test_one_accepted_between_the_look_and_the_lock_is_not_taken_away(
    connection: asyncpg.Connection,
) -> None:
    [agent, _] = await given_agents(connection, 2)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await connection.execute("update handover.tenants set on_offline = 'release-unaccepted'")
    await set_status(connection, agent, "offline")
    [row] = await connection.fetch(sql.find_departed, 0, 10)
    await connection.execute("""update inbox_sessions set "acceptedAt" = now()""")

    assert await release(connection, Departure(**row), routing=ROUTING) == ()
    assert await left(connection) == []


async def test_a_program_with_rights_on_the_inbox_alone_may_resolve(connection: asyncpg.Connection) -> None:
    """The trigger that wakes the worker runs as whoever writes."""
    await given_agents(connection)
    await handed_over(connection, a_handover())
    async with connection.transaction():
        await connection.execute("create role inbox_application")
        await connection.execute("grant select, update, delete on inbox_sessions to inbox_application")
        await connection.execute("set local role inbox_application")
        await connection.execute("update inbox_sessions set status = 'resolved'")
        await connection.execute("reset role")
        await connection.execute("drop owned by inbox_application")
        await connection.execute("drop role inbox_application")

    assert [row["status"] for row in await sessions(connection)] == ["resolved"]


async def test_who_left_first_is_served_first(connection: asyncpg.Connection) -> None:
    agents = sorted(await given_agents(connection, 8), reverse=True)
    for agent in agents:
        await connection.execute("update handover.agents set status = 'offline' where id = $1", agent)

    departed = await connection.fetch(sql.find_departed, 0, 10)

    assert [row["agent_id"] for row in departed] == agents
