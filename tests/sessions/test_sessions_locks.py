"""What keeps operators and workers out of each other's way, each with the harm that comes without it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, given_session, handed_over, sessions
from locks import until_blocked

from worker.sessions import (
    NoSuchSession,
    NotAllowed,
    Operation,
    Reassign,
    Release,
    Resolve,
    Whose,
    changes,
    deletion,
)
from worker.sessions.changes import Outlook
from worker.sessions.deletion import Deletion

WHOSE = Whose(TENANT, ["254745050238"])


async def changed(on: asyncpg.Connection, operation: Operation, seen: Outlook) -> Outlook:
    return await changes.carry_out(on, WHOSE, operation, "joy", seen.session)


async def foreseen(on: asyncpg.Connection, operation: Operation) -> Outlook:
    return await changes.foresee(on, WHOSE, operation, "joy")


@pytest.mark.parametrize("operation", [Release(), Resolve()])
async def test_a_change_waits_for_the_assignments_of_its_tenant(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    operation: Operation,
) -> None:
    """Also when they are of other contacts: agents' loads and turns are decided under this lock."""
    await given_agents(connection)
    await given_session(connection, "assigned", agent=UUID(int=1))
    seen = await foreseen(rival, operation)
    async with connection.transaction():
        await handed_over(connection, a_handover("7"))
        changing = asyncio.create_task(changed(rival, operation, seen))
        await until_blocked(observer, rival)
    await changing


async def test_a_cap_holds_when_operators_and_workers_meet(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    [agent] = await given_agents(connection, max_sessions=1)
    await given_session(connection, "unassigned")
    operation = Reassign(agent, force=False)
    seen = await foreseen(rival, operation)
    async with connection.transaction():
        await handed_over(connection, a_handover("7"))
        changing = asyncio.create_task(changed(rival, operation, seen))
        await until_blocked(observer, rival)
    with pytest.raises(NotAllowed, match="has as many sessions as allowed"):
        await changing


async def test_a_change_waits_for_another_program_and_sees_what_it_did(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await given_session(connection, "assigned", agent=UUID(int=1))
    seen = await foreseen(rival, Release())
    async with connection.transaction():
        await connection.execute("update inbox_sessions set status = 'resolved'")
        changing = asyncio.create_task(changed(rival, Release(), seen))
        await until_blocked(observer, rival)
    with pytest.raises(NoSuchSession):
        await changing


async def test_what_was_not_seen_is_not_done(connection: asyncpg.Connection) -> None:
    await given_agents(connection, 2)
    await handed_over(connection, a_handover())
    seen = await foreseen(connection, Release())
    await handed_over(connection, a_handover())

    with pytest.raises(NotAllowed, match="has changed meanwhile, nothing was done: look again"):
        await changed(connection, Release(), seen)
    assert [row["status"] for row in await sessions(connection)] == ["assigned"]


async def test_a_message_that_is_being_written_goes_too(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    session = await given_session(connection, "resolved")
    wanted = Deletion(WHOSE, None, cascade=False, actor="joy")
    insert = (
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction) values ($1, $2, $3, $4)'
    )
    await connection.execute(insert, session, TENANT, "254745050238", "inbound")
    seen = await deletion.foresee(rival, wanted)
    async with connection.transaction():
        await connection.execute(insert, session, TENANT, "254745050238", "inbound")
        deleting = asyncio.create_task(deletion.carry_out(rival, wanted, seen))
        await until_blocked(observer, rival)

    doomed = await deleting
    assert [reference.rows for reference in doomed.references] == [2]
    assert await connection.fetchval("select count(*) from inbox_messages") == 0


async def test_a_message_that_is_being_changed_is_waited_for(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """Rows are deleted by where they are, and a change puts them elsewhere."""
    session = await given_session(connection, "resolved")
    wanted = Deletion(WHOSE, None, cascade=False, actor="joy")
    insert = (
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction) values ($1, $2, $3, $4)'
    )
    await connection.execute(insert, session, TENANT, "254745050238", "inbound")
    seen = await deletion.foresee(rival, wanted)
    async with connection.transaction():
        await connection.execute("update inbox_messages set content = 'hello'")
        deleting = asyncio.create_task(deletion.carry_out(rival, wanted, seen))
        await until_blocked(observer, rival)
    await deleting

    assert await connection.fetchval("select count(*) from inbox_messages") == 0


async def test_nothing_can_be_made_to_refer_to_what_is_being_deleted(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    session = await given_session(connection, "resolved")
    await connection.execute("create table notes (session uuid references inbox_sessions on delete set null)")
    wanted = Deletion(WHOSE, None, cascade=False, actor="joy")
    seen = await deletion.foresee(connection, wanted)
    async with connection.transaction():
        await deletion.carry_out(connection, wanted, seen)
        noting = asyncio.create_task(rival.execute("insert into notes values ($1)", session))
        await until_blocked(observer, rival)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await noting


async def test_sessions_to_delete_are_locked_in_order_of_their_contacts(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """All spellings of one are: who waits for a session holds none of a later contact, else this is a deadlock."""
    for contact in ("2", "1"):
        await given_session(connection, "resolved", contact_id=contact)
    wanted = Deletion(Whose(TENANT, ["2", "1"]), None, cascade=False, actor="joy")
    touch = """update inbox_sessions set "updatedAt" = now() where "contactId" = $1"""
    seen = await deletion.foresee(rival, wanted)
    async with connection.transaction():
        await connection.execute(touch, "1")
        deleting = asyncio.create_task(deletion.carry_out(rival, wanted, seen))
        await until_blocked(observer, rival)
        await connection.execute(touch, "2")
    assert [transition.session.contact_id for transition in (await deleting).transitions] == ["2"]


async def test_rows_of_a_kind_that_was_not_seen_are_not_deleted(connection: asyncpg.Connection) -> None:
    session = await given_session(connection, "resolved")
    await connection.execute("create table calls (session uuid references inbox_sessions on delete cascade)")
    wanted = Deletion(WHOSE, None, cascade=False, actor="joy")
    seen = await deletion.foresee(connection, wanted)
    await connection.execute("insert into calls values ($1)", session)

    with pytest.raises(NotAllowed, match="there is more to delete by now, nothing was done: look again"):
        await deletion.carry_out(connection, wanted, seen)
    assert len(await sessions(connection)) == 1


async def test_looking_leaves_no_trace(connection: asyncpg.Connection) -> None:
    await given_session(connection, "resolved")
    await deletion.foresee(connection, Deletion(WHOSE, None, cascade=True, actor="joy"))
    assert await connection.fetchval("select count(*) from handover.tenants") == 0
