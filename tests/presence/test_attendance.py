"""What events of agents change in the database, and the locks that keep it right."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, given_session, handed_over
from locks import until_blocked

from schemas import Acceptance, AgentEvent, Heartbeat, StatusChanged
from worker.attendance import Attendance, NewStatus, attend

NOON = datetime(2026, 1, 5, 12, 0, 0, 500_000, UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def status(agent: UUID, now: str, at: datetime | None = None, **fields: Any) -> StatusChanged:
    return StatusChanged(**{"tenant_id": TENANT, "agent_id": agent, "status": now, "at": at, **fields})


def heartbeat(agent: UUID, at: datetime | None = None) -> Heartbeat:
    return Heartbeat(tenant_id=TENANT, agent_id=agent, at=at)


def acceptance(agent: UUID, session: UUID, at: datetime | None = None, tenant: str = TENANT) -> Acceptance:
    return Acceptance(tenant_id=tenant, agent_id=agent, session_id=session, at=at)


async def the_agent(connection: asyncpg.Connection, agent: UUID) -> asyncpg.Record:
    found = await connection.fetchrow("select *, now() as asked from handover.agents where id = $1", agent)
    assert found
    return found


async def accepted_at(connection: asyncpg.Connection, session: UUID) -> datetime | None:
    at: datetime | None = await connection.fetchval(
        'select "acceptedAt" from inbox_sessions where id = $1', session
    )
    return at


async def given_unaccepted(connection: asyncpg.Connection, agent: UUID, contact_id: str = "1") -> UUID:
    session = await given_session(connection, "assigned", agent=agent, contact_id=contact_id)
    await connection.execute('update inbox_sessions set "acceptedAt" = null, "assignedAt" = $1', NOON)
    return session


async def test_a_status_is_written_with_its_time_and_its_reason(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection, status="offline")
    came_to = await attend(connection, [status(agent, "busy", NOON, reason="lunch")])

    row = await the_agent(connection, agent)
    assert came_to == Attendance(frozenset(), [NewStatus(TENANT, agent, "busy", "lunch")], [])
    assert (row["status"], row["status_at"], row["status_reason"], row["seen_at"]) == (
        "busy",
        NOON,
        "lunch",
        NOON,
    )


async def test_a_reason_goes_with_its_status(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    await attend(connection, [status(agent, "busy", NOON, reason="lunch")])
    await attend(connection, [status(agent, "online", NOON + SECOND)])

    assert (await the_agent(connection, agent))["status_reason"] is None


async def test_a_stale_status_loses_but_shows_that_the_agent_was_there(
    connection: asyncpg.Connection,
) -> None:
    [agent] = await given_agents(connection)
    await connection.execute("update handover.agents set status = 'busy', status_at = $1", NOON)
    came_to = await attend(connection, [status(agent, "offline", NOON - SECOND)])

    row = await the_agent(connection, agent)
    assert came_to.statuses == []
    assert (row["status"], row["status_at"], row["seen_at"]) == ("busy", NOON, NOON - SECOND)


async def test_the_newest_of_a_batch_wins_in_whatever_order_they_came(connection: asyncpg.Connection) -> None:
    one, other = await given_agents(connection, 2)
    events = [
        status(one, "busy", NOON + SECOND),
        status(other, "busy", NOON),
        status(one, "offline", NOON),
        status(other, "offline", NOON + SECOND),
    ]
    came_to = await attend(connection, events)

    found = {new.agent_id: new.status for new in came_to.statuses}
    assert found == {one: "busy", other: "offline"}


async def test_of_those_at_one_time_the_last_counts(connection: asyncpg.Connection) -> None:
    """A page that is loaded again says offline and online in one moment."""
    [agent] = await given_agents(connection)
    await attend(connection, [status(agent, "offline", NOON), status(agent, "online", NOON)])
    assert (await the_agent(connection, agent))["status"] == "online"

    await attend(connection, [status(agent, "offline", NOON)])
    assert (await the_agent(connection, agent))["status"] == "offline"


async def test_a_time_in_whole_seconds_is_not_older_than_what_came_within_that_second(
    connection: asyncpg.Connection,
) -> None:
    [agent] = await given_agents(connection)
    whole = NOON.replace(microsecond=0)
    await attend(connection, [status(agent, "online", NOON)])
    for number, now in enumerate(("offline", "online", "busy")):
        await attend(connection, [status(agent, now, whole)])
        assert (number, (await the_agent(connection, agent))["status"]) == (number, now)

    await attend(connection, [status(agent, "offline", whole - SECOND)])
    row = await the_agent(connection, agent)
    assert (row["status"], row["status_at"] - NOON < timedelta(milliseconds=1)) == ("busy", True)


async def test_a_redelivery_changes_nothing(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    event = status(agent, "busy", NOON, reason="lunch")
    await attend(connection, [event])
    before = await the_agent(connection, agent)
    await attend(connection, [event])

    assert dict(await the_agent(connection, agent)) | {"asked": 0} == dict(before) | {"asked": 0}


async def test_no_time_is_now(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    before = (await the_agent(connection, agent))["asked"]
    await attend(connection, [status(agent, "busy", NOON), status(agent, "offline")])

    row = await the_agent(connection, agent)
    assert row["status"] == "offline"
    assert before <= row["status_at"] <= row["asked"]


async def test_a_clock_that_is_ahead_does_not_outdo_what_follows(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    ahead = datetime.now(UTC) + HOUR
    await attend(connection, [status(agent, "busy", ahead), heartbeat(agent, ahead)])
    await attend(connection, [status(agent, "online")])

    row = await the_agent(connection, agent)
    assert (row["status"], row["seen_at"] <= row["asked"]) == ("online", True)


async def test_sql_is_as_good_as_an_event(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    await attend(connection, [status(agent, "busy", NOON)])
    await connection.execute("update handover.agents set status = 'offline'")
    await attend(connection, [status(agent, "online", NOON + SECOND)])

    assert (await the_agent(connection, agent))["status"] == "offline"


async def test_a_heartbeat_never_makes_an_agent_seen_longer_ago(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    await attend(connection, [heartbeat(agent, NOON + SECOND), heartbeat(agent, NOON)])
    await attend(connection, [heartbeat(agent, NOON - HOUR)])

    row = await the_agent(connection, agent)
    assert (row["seen_at"], row["status"], row["status_at"]) == (NOON + SECOND, "online", None)


async def test_a_session_is_accepted_by_the_agent_it_is_with(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    session = await given_unaccepted(connection, agent)
    events = [acceptance(agent, session, NOON + HOUR), acceptance(agent, session, NOON + SECOND)]
    assert (await attend(connection, events)).too_late == []
    assert await accepted_at(connection, session) == NOON + SECOND

    again = await attend(connection, [acceptance(agent, session, NOON + HOUR)])
    assert again.too_late == []
    assert await accepted_at(connection, session) == NOON + SECOND


@pytest.mark.parametrize(("at", "kept"), [(NOON - HOUR, NOON), (None, None), (NOON.replace(year=2999), None)])
async def test_a_session_is_accepted_after_it_was_assigned_and_not_in_the_future(
    connection: asyncpg.Connection, at: datetime | None, kept: datetime | None
) -> None:
    [agent] = await given_agents(connection)
    session = await given_unaccepted(connection, agent)
    before = (await the_agent(connection, agent))["asked"]
    await attend(connection, [acceptance(agent, session, at)])

    found = await accepted_at(connection, session)
    assert found == kept if kept else found and before <= found <= datetime.now(UTC) + SECOND


async def test_an_acceptance_of_what_is_not_the_agents_is_too_late(connection: asyncpg.Connection) -> None:
    mine, other = await given_agents(connection, 2)
    [foreign] = await given_agents(connection, tenant="globex")
    session = await given_unaccepted(connection, mine)
    resolved = await given_session(connection, "resolved", agent=mine, contact_id="2")
    events = [
        acceptance(other, session),
        acceptance(foreign, session, tenant="globex"),
        acceptance(mine, resolved),
        acceptance(mine, UUID(int=1)),
    ]
    assert (await attend(connection, events)).too_late == events
    assert await accepted_at(connection, session) is None


async def test_who_is_not_on_the_tenants_roster_changes_nothing(connection: asyncpg.Connection) -> None:
    [agent] = await given_agents(connection)
    [foreign] = await given_agents(connection, tenant="globex")
    events: list[AgentEvent] = [
        status(foreign, "offline"),
        heartbeat(UUID(int=1)),
        status(agent, "busy"),
    ]
    came_to = await attend(connection, events)

    assert came_to.unknown == {(TENANT, foreign), (TENANT, UUID(int=1))}
    assert [new.agent_id for new in came_to.statuses] == [agent]
    assert (await the_agent(connection, foreign))["status"] == "online"
    assert await connection.fetch("select from handover.tenants where tenant_id = 'globex'") == []


async def test_an_older_status_that_waited_for_a_newer_one_loses(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    async with connection.transaction():
        await attend(connection, [status(agent, "busy", NOON)])
        older = asyncio.create_task(attend(rival, [status(agent, "offline", NOON - SECOND)]))
        await until_blocked(observer, rival)

    assert (await older).statuses == []
    assert (await the_agent(connection, agent))["status"] == "busy"


async def test_an_agent_removed_meanwhile_is_unknown(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    async with connection.transaction():
        await connection.execute("delete from handover.agents")
        waiting = asyncio.create_task(attend(rival, [heartbeat(agent)]))
        await until_blocked(observer, rival)

    assert (await waiting).unknown == {(TENANT, agent)}


async def test_a_session_given_to_another_meanwhile_is_too_late_to_accept(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    first, second = await given_agents(connection, 2)
    session = await given_unaccepted(connection, first)
    accept = acceptance(first, session)
    async with connection.transaction():
        await connection.execute('update inbox_sessions set "assignedAgentId" = $1', second)
        waiting = asyncio.create_task(attend(rival, [accept]))
        await until_blocked(observer, rival)

    assert (await waiting).too_late == [accept]
    assert await accepted_at(connection, session) is None


async def test_a_session_changed_meanwhile_is_accepted_as_it_is_then(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    session = await given_unaccepted(connection, agent)
    async with connection.transaction():
        await connection.execute("update inbox_sessions set priority = 7")
        waiting = asyncio.create_task(attend(rival, [acceptance(agent, session, NOON + SECOND)]))
        await until_blocked(observer, rival)

    assert (await waiting).too_late == []
    assert await accepted_at(connection, session) == NOON + SECOND
    assert await connection.fetchval("select priority from inbox_sessions") == 7


async def test_tenants_are_locked_in_order_of_their_ids(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """A batch that waits for one tenant holds none that comes after it: else this is a deadlock."""
    [second] = await given_agents(connection, tenant="b")
    [first] = await given_agents(connection, tenant="a")
    events = [status(second, "busy", tenant_id="b"), status(first, "busy", tenant_id="a")]
    async with connection.transaction():
        await handed_over(connection, a_handover(tenant_id="a"))
        waiting = asyncio.create_task(attend(rival, events))
        await until_blocked(observer, rival)
        await handed_over(connection, a_handover(tenant_id="b"))
    assert len((await waiting).statuses) == 2


async def test_agents_are_locked_in_order_of_their_ids(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    second, first = sorted(await given_agents(connection, 2), reverse=True)
    await connection.execute("update handover.agents set name = 'moved behind' where id = $1", first)
    lock = "select from handover.agents where id = $1 for update nowait"
    async with connection.transaction():
        await connection.execute(lock, first)
        waiting = asyncio.create_task(attend(rival, [status(second, "busy"), status(first, "busy")]))
        await until_blocked(observer, rival)
        await connection.execute(lock, second)
    assert len((await waiting).statuses) == 2


async def test_sessions_are_locked_in_order_of_their_contacts(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    second = await given_unaccepted(connection, agent, "2")
    first = await given_unaccepted(connection, agent, "1")
    lock = "select from inbox_sessions where id = $1 for update nowait"
    async with connection.transaction():
        await connection.execute(lock, first)
        waiting = asyncio.create_task(attend(rival, [acceptance(agent, second), acceptance(agent, first)]))
        await until_blocked(observer, rival)
        await connection.execute(lock, second)
    assert (await waiting).too_late == []


async def test_a_change_of_status_takes_effect_between_hand_overs(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection)
    async with connection.transaction():
        await attend(connection, [status(agent, "offline")])
        waiting = asyncio.create_task(handed_over(rival, a_handover()))
        await until_blocked(observer, rival)

    [decision] = (await waiting).decisions
    assert decision.reason == "none_online"
