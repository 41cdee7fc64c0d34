"""Every lock and index, each with the harm that comes without it."""

import asyncio

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, given_team, given_turns, handed_over, sessions
from locks import until_blocked
from processes import IN_TIME

from worker import sql
from worker.errors import SessionRaced
from worker.roster import TeamChange, teams


async def test_a_second_active_session_of_a_contact_is_impossible(connection: asyncpg.Connection) -> None:
    await given_session(connection, "unassigned")

    with pytest.raises(asyncpg.UniqueViolationError):
        await given_session(connection, "assigned")


async def test_a_second_default_team_of_a_tenant_is_impossible(connection: asyncpg.Connection) -> None:
    await given_team(connection, default=True)
    await given_team(connection, default=True, tenant="globex")

    with pytest.raises(asyncpg.UniqueViolationError):
        await given_team(connection, default=True)


@pytest.mark.parametrize("taken", [True, False], ids=["instead of another", "the first"])
async def test_two_who_make_different_teams_the_default_at_once_leave_one(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection, *, taken: bool
) -> None:
    """The second does not see which team it would have to take the place of, and is refused."""
    await given_team(connection, default=taken)
    one, other = [await given_team(connection) for _ in range(2)]
    async with connection.transaction():
        await teams.change(connection, one, TeamChange(default=True))
        second = asyncio.create_task(teams.change(rival, other, TeamChange(default=True)))
        await until_blocked(observer, rival)
    with pytest.raises(asyncpg.UniqueViolationError):
        await second

    defaults = await connection.fetch("select id from handover.teams where is_default")
    assert [row["id"] for row in defaults] == [one]


async def test_an_event_in_the_hands_of_a_rival_is_waited_for_and_then_known(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await given_agents(connection, 2)
    handover = a_handover()
    async with connection.transaction():
        await handed_over(connection, handover)
        second = asyncio.create_task(handed_over(rival, handover))
        await until_blocked(observer, rival)

    assert (await second).decisions == ()


async def test_an_event_a_rival_gave_up_on_is_handled(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await given_agents(connection)
    handover = a_handover()
    transaction = connection.transaction()
    await transaction.start()
    await handed_over(connection, handover)
    second = asyncio.create_task(handed_over(rival, handover))
    await until_blocked(observer, rival)
    await transaction.rollback()

    assert len((await second).decisions) == 1


@pytest.mark.parametrize("known", [True, False], ids=["known tenant", "new tenant"])
async def test_turns_of_a_tenant_are_given_one_transaction_after_the_other(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection, *, known: bool
) -> None:
    agents = await given_agents(connection, 2)
    if known:
        await connection.execute("insert into handover.tenants (tenant_id) values ('acme')")
    async with connection.transaction():
        await handed_over(connection, a_handover("1"))
        second = asyncio.create_task(handed_over(rival, a_handover("2")))
        await until_blocked(observer, rival)
    await second

    assert dict.fromkeys(agents, 1) == await given_turns(connection)


async def test_a_resolve_that_commits_while_a_handover_waits_leads_to_a_new_row(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    old = await given_session(connection, "assigned", agent=agent)
    async with connection.transaction():
        await connection.execute("update inbox_sessions set status = 'resolved'")
        waiting = asyncio.create_task(handed_over(rival, a_handover()))
        await until_blocked(observer, rival)
    await waiting

    rows = {row["id"]: row["status"] for row in await sessions(connection)}
    assert len(rows) == 2
    assert rows.pop(old) == "resolved"
    assert list(rows.values()) == ["assigned"]


async def test_a_session_another_program_opens_meanwhile_is_found_at_the_next_try(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    async with connection.transaction():
        theirs = await given_session(connection, "unassigned")
        first = asyncio.create_task(handed_over(rival, a_handover(event_id="e")))
        await until_blocked(observer, rival)
    with pytest.raises(SessionRaced):
        await first
    await handed_over(rival, a_handover(event_id="e"))

    [row] = await sessions(connection)
    assert (theirs, agent) == (row["id"], row["assignedAgentId"])


async def test_messages_can_be_added_to_a_session_while_it_is_being_handed_over(
    connection: asyncpg.Connection, rival: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    session = await given_session(connection, "assigned", agent=agent)
    async with connection.transaction():
        await handed_over(connection, a_handover())
        async with asyncio.timeout(2):
            await rival.execute(
                'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction) values ($1, $2, $3, $4)',
                session,
                "acme",
                "254745050238",
                "inbound",
            )


@pytest.mark.parametrize("known", [True, False], ids=["known tenant", "new tenant"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update handover.agents set status = 'offline'", "none_online"),
        ("update handover.agents set active = false", "no_agents"),
        ("update handover.agents set max_sessions = 0", "all_at_capacity"),
        ("update handover.agents set skills = '{}'", "no_skill"),
        ("update handover.agents set tenant_id = 'globex'", "no_agents"),
        ("delete from handover.agents", "no_agents"),
    ],
)
async def test_a_change_of_an_agent_takes_effect_between_transactions(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    *,
    change: str,
    reason: str,
    known: bool,
) -> None:
    """Once the change is committed no session goes to the agent any more, also not in the middle of a burst."""
    [agent] = await given_agents(connection, skills=("loans",))
    earlier, now, later = (a_handover(contact, skills=("loans",)) for contact in "123")
    if known:
        await handed_over(connection, earlier)
    async with connection.transaction():
        [before] = (await handed_over(connection, now)).decisions
        changing = asyncio.create_task(rival.execute(change))
        await until_blocked(observer, rival)
    await changing
    [after] = (await handed_over(connection, later)).decisions

    assert before.session.agent_id == agent
    assert (after.session.agent_id, after.reason) == (None, reason)


@pytest.mark.parametrize("known", [True, False], ids=["known tenant", "new tenant"])
@pytest.mark.parametrize(
    "change",
    [
        "update handover.teams set active = false where not is_default",
        "delete from handover.teams where not is_default",
        "update handover.team_members set team_id = (select id from handover.teams where is_default)",
        "delete from handover.team_members",
    ],
)
async def test_a_change_of_a_team_takes_effect_between_transactions(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    *,
    change: str,
    known: bool,
) -> None:
    """What is handed over to the team then finds nobody there, nor in the default team if it goes to that."""
    await given_team(connection, default=True)
    team = await given_team(connection)
    [agent] = await given_agents(connection, teams=(team,))
    earlier, now, later = (a_handover(contact, team_id=str(team)) for contact in "123")
    if known:
        await handed_over(connection, earlier)
    async with connection.transaction():
        [before] = (await handed_over(connection, now)).decisions
        changing = asyncio.create_task(rival.execute(change))
        await until_blocked(observer, rival)
    await changing
    [after] = (await handed_over(connection, later)).decisions

    assert before.session.agent_id == agent
    assert (after.session.agent_id, after.reason) == (None, "no_agents")


async def test_a_handover_waits_for_a_change_of_the_roster_that_is_under_way(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("0"))
    async with connection.transaction():
        await connection.execute("update handover.agents set status = 'offline'")
        waiting = asyncio.create_task(handed_over(rival, a_handover()))
        await until_blocked(observer, rival)

    [decision] = (await waiting).decisions
    assert decision.reason == "none_online"


async def test_events_are_locked_in_order_of_their_ids(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """A batch that waits for one event holds none that comes after it: else this is a deadlock."""
    first, second = a_handover("1", event_id="e-1"), a_handover("2", event_id="e-2")
    async with connection.transaction():
        await handed_over(connection, first)
        waiting = asyncio.create_task(handed_over(rival, second, first))
        await until_blocked(observer, rival)
        await handed_over(connection, second)
    assert (await waiting).decisions == ()


async def test_tenants_are_locked_in_order_of_their_ids(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    async with connection.transaction():
        await handed_over(connection, a_handover(tenant_id="a"))
        waiting = asyncio.create_task(
            handed_over(rival, a_handover(tenant_id="b"), a_handover(tenant_id="a"))
        )
        await until_blocked(observer, rival)
        await handed_over(connection, a_handover(tenant_id="b"))
    assert len((await waiting).decisions) == 2


async def test_sessions_are_locked_in_order_of_their_contacts(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    for contact in ("2", "1"):
        await given_session(connection, "unassigned", contact_id=contact)
    touch = """update inbox_sessions set "updatedAt" = now() where "contactId" = $1"""
    async with connection.transaction():
        await connection.execute(touch, "1")
        waiting = asyncio.create_task(handed_over(rival, a_handover("2"), a_handover("1")))
        await until_blocked(observer, rival)
        await connection.execute(touch, "2")
    assert len((await waiting).decisions) == 2


async def test_the_demo_resolves_the_oldest_session_that_nobody_holds(
    connection: asyncpg.Connection, rival: asyncpg.Connection
) -> None:
    """Its inbox does everything on one connection: while it waited for a row there would be no handovers either."""
    [agent] = await given_agents(connection)
    held, next_one = [
        await given_session(connection, "assigned", agent=agent, contact_id=contact) for contact in ("1", "2")
    ]
    async with rival.transaction():
        await rival.execute('update inbox_sessions set "updatedAt" = now() where id = $1', held)
        await connection.execute(sql.resolve_oldest_session, [agent], 0, timeout=IN_TIME)

    rows = await connection.fetch("select id, status from inbox_sessions")
    assert {row["id"]: row["status"] for row in rows} == {held: "assigned", next_one: "resolved"}
