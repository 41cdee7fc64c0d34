"""Every finding about PostgreSQL, made to happen."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, given_session, handed_over
from conftest import CreateDatabase
from findings import SOON, a_deaf_server, amiss, mend, one

from worker import sql
from worker.core.diagnosis import Finding, State
from worker.database import connect
from worker.doctor.database import examine
from worker.doctor.needs import RIGHTS

WHERE = "here"
NOT_LOOKED_FOR = {
    "agents_pkey",
    "teams_pkey",
    "team_members_pkey",
    "teams_one_default",
    "inbox_messages_pkey",
    "alembic_version_pkc",
}
"""Keys of the roster, which may be views over tables of others, and of what the worker does not write."""

Seen = list[Finding]
See = Callable[[], Awaitable[Seen]]


@pytest.fixture
def see(database: str) -> See:
    return lambda: examine(database, WHERE)


async def test_a_database_that_is_well_is_well(connection: asyncpg.Connection, see: See) -> None:
    await given_agents(connection)
    findings = await see()

    assert amiss(findings) == []
    assert [finding.check for finding in findings] == [
        "postgresql",
        "primary",
        "clock",
        "migrations",
        "rights",
        "indexes",
        "outbox",
        "dead_letters",
        "one_active",
        "doubles",
        "adrift",
        "waiting",
        "agents",
    ]


async def test_looking_changes_nothing(connection: asyncpg.Connection, see: See) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    snapshot = (
        "select (select array_agg(s)::text from inbox_sessions s) as sessions,"
        " (select array_agg(o)::text from handover.outbox o) as events"
    )
    before = await connection.fetchrow(snapshot)
    await see()

    assert await connection.fetchrow(snapshot) == before


async def test_an_unmigrated_database_is_named_once(create_database: CreateDatabase) -> None:
    findings = await examine(create_database("doctor_bare"), WHERE)

    assert amiss(findings) == [("migrations", State.FAIL)]
    assert findings[-1].mend == "handover migrate"


async def test_a_database_that_is_ahead_is_not_migrated(connection: asyncpg.Connection, see: See) -> None:
    await connection.execute("update handover.alembic_version set version_num = '9999'")
    findings = await see()

    assert amiss(findings) == [("migrations", State.FAIL)]
    assert "at revision 9999, which this program is too old for" in findings[-1].says


async def test_nobody_there_is_unreachable() -> None:
    [finding] = await examine("postgresql://someone:hush@127.0.0.1:1/handover", WHERE)

    assert (finding.check, finding.state, finding.unreachable) == ("postgresql", State.FAIL, True)
    assert "hush" not in f"{finding}"


async def test_somebody_who_never_answers_is_unreachable_and_soon_given_up_on() -> None:
    async with asyncio.timeout(SOON):
        with a_deaf_server() as place:
            [finding] = await examine(f"postgresql://someone:hush@{place}/handover", WHERE)

    assert finding.unreachable
    assert finding.says == "PostgreSQL at here is not reachable: no answer in time"


async def test_no_such_database_is_a_refusal(database: str) -> None:
    [finding] = await examine(urlsplit(database)._replace(path="/no_such").geturl(), WHERE)

    assert (finding.check, finding.state, finding.unreachable) == ("postgresql", State.FAIL, False)
    assert "no_such" in finding.says


async def test_a_database_that_is_read_only_is_looked_at_all_the_same(
    connection: asyncpg.Connection, see: See, database: str
) -> None:
    await given_agents(connection)
    name = urlsplit(database).path.removeprefix("/")
    await connection.execute(f'alter database "{name}" set default_transaction_read_only = on')

    findings = await see()
    assert amiss(findings) == [("primary", State.FAIL)]
    assert len(findings) == 13

    await mend(one(findings, "primary"), database)
    assert amiss(await see()) == []


async def test_doubles_and_what_let_them_in_are_mended_by_what_is_said(
    connection: asyncpg.Connection, see: See, database: str
) -> None:
    [agent] = await given_agents(connection)
    await connection.execute("drop index inbox_sessions_one_active")
    kept = await given_session(connection, "assigned", agent=agent)
    for status in ("unassigned", "unassigned"):
        await given_session(connection, status)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(
            'create unique index concurrently broken on inbox_sessions ("tenantId", "contactId")'
            " where status in ('assigned', 'unassigned')"
        )

    findings = await see()
    assert amiss(findings) == [
        ("indexes", State.FAIL),
        ("one_active", State.FAIL),
        ("doubles", State.FAIL),
    ]
    assert one(findings, "indexes").says.startswith("broken is invalid: ")
    assert one(findings, "doubles").says.startswith("contacts with more than one active session: 1; ")

    for check in ("doubles", "one_active", "indexes"):
        await mend(one(findings, check), database)
    assert amiss(await see()) == []
    active = "select array_agg(id) from inbox_sessions where status <> 'resolved'"
    assert await connection.fetchval(active) == [kept]


async def test_what_says_assigned_and_names_no_agent_is_counted_and_put_back_by_what_is_said(
    connection: asyncpg.Connection, see: See, database: str
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "assigned", contact_id="1", agent=agent)
    adrift = await given_session(connection, "assigned", contact_id="2")
    await given_session(connection, "resolved", contact_id="3")

    findings = await see()
    assert amiss(findings) == [("adrift", State.WARN)]
    assert one(findings, "adrift").says.startswith("sessions that are assigned to no agent: 1; ")

    await mend(one(findings, "adrift"), database)
    assert amiss(await see()) == []
    waiting = "select array_agg(id) from inbox_sessions where status = 'unassigned'"
    assert await connection.fetchval(waiting) == [adrift]


async def test_every_index_that_is_dropped_is_missed_and_made_again_by_what_is_said(
    connection: asyncpg.Connection, see: See, database: str
) -> None:
    await given_agents(connection)
    rows = await connection.fetch(
        "select i.indexrelid::regclass::text as name, c.relname, i.indrelid::regclass::text as relation, o.conname"
        " from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid"
        " left join pg_constraint o on o.conindid = c.oid and o.contype in ('p', 'u')"
        " where t.relnamespace = 'handover'::regnamespace or t.relname in ('inbox_sessions', 'inbox_messages')"
    )
    indexes = [row for row in rows if row["relname"] not in NOT_LOOKED_FOR]
    assert len(indexes) > 10
    for index in indexes:
        if index["conname"]:
            await connection.execute(
                f"alter table {index['relation']} drop constraint {index['conname']} cascade"
            )
        else:
            await connection.execute(f"drop index {index['name']}")
        findings = [finding for finding in await see() if finding.state is not State.OK]
        assert len(findings) == 1, index
        await mend(findings[0], database)
        assert amiss(await see()) == [], index


async def test_a_unique_key_that_is_gone_is_worse_than_a_slow_table(
    connection: asyncpg.Connection, see: See
) -> None:
    await given_agents(connection)
    await connection.execute("drop index handover.outbox_due")
    assert amiss(await see()) == [("indexes", State.WARN)]
    await connection.execute("alter table handover.handled_events drop constraint handled_events_pkey")
    assert amiss(await see()) == [("indexes", State.FAIL), ("indexes", State.WARN)]


@pytest.mark.parametrize(("seconds", "state"), [(5, State.OK), (20, State.WARN), (90, State.FAIL)])
async def test_an_event_that_stays_in_the_outbox_is_seen(
    connection: asyncpg.Connection, see: See, seconds: int, state: State
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute(
        "update handover.outbox set created_at = now() - make_interval(secs => $1)", seconds
    )
    outbox = one(await see(), "outbox")
    assert (outbox.state, outbox.says) == (state, f"events to publish: 1, the oldest for {seconds} s")


async def test_letters_are_counted_by_cause(connection: asyncpg.Connection, see: See) -> None:
    await given_agents(connection)
    for cause in ("a", "a", "b"):
        await connection.execute(
            "insert into handover.dead_letters (id, queue, exchange, routing_key, properties, body, reason, error,"
            " fingerprint, first_at) values ($1, 'q', 'e', 'k', '{}', '', 'failed', '', $2, now() - interval '3 h')",
            uuid4(),
            cause,
        )
    findings = await see()
    assert amiss(findings) == [("dead_letters", State.WARN)]
    assert one(findings, "dead_letters").says == "letters waiting: 3, of 2 causes, the oldest for 3 h"


async def test_who_waits_longest_and_for_whom_nobody_is_there_is_named(
    connection: asyncpg.Connection, see: See
) -> None:
    await given_agents(connection, status="busy")
    await handed_over(connection, a_handover("1"))
    await connection.execute("update handover.assignments set asked_at = now() - interval '11 min'")
    await given_session(connection, "unassigned", tenant="globex")

    findings = await see()
    assert amiss(findings) == [("waiting", State.WARN), ("agents", State.WARN), ("agents", State.WARN)]
    assert [finding.says for finding in findings[-3:]] == [
        f"sessions waiting for an agent: 2, the longest for 11 min, of {TENANT}",
        "tenants without an active agent: globex",
        f"tenants whose sessions wait with nobody online: {TENANT}",
    ]


async def test_a_table_somebody_has_locked_delays_nothing_else(
    rival: asyncpg.Connection, connection: asyncpg.Connection, see: See
) -> None:
    await given_agents(connection)
    async with rival.transaction():
        await rival.execute("lock table handover.outbox")
        findings = await see()

    assert amiss(findings) == [("outbox", State.FAIL)]
    assert one(findings, "outbox").says.startswith("PostgreSQL did not say within 1.0 s")
    assert one(findings, "agents").state is State.OK


async def test_a_table_that_is_gone_is_named(connection: asyncpg.Connection, see: See) -> None:
    await given_agents(connection)
    await connection.execute("alter table handover.outbox rename to elsewhere")
    findings = await see()

    assert amiss(findings) == [("tables", State.FAIL)]
    assert "there is no handover.outbox" in one(findings, "tables").says


@pytest.fixture
async def limited(connection: asyncpg.Connection, database: str) -> AsyncIterator[str]:
    """The url of a role that may do nothing yet but use the schema."""
    role = f"doctor_{secrets.token_hex(4)}"
    password = secrets.token_hex(8)
    await connection.execute(f"create role {role} login password '{password}'")
    schema = "select relnamespace::regnamespace from pg_class where oid = 'inbox_sessions'::regclass"
    await connection.execute(f"alter role {role} set search_path to {await connection.fetchval(schema)}")
    parts = urlsplit(database)
    yield parts._replace(netloc=f"{role}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
    await connection.execute(f"drop owned by {role}")
    await connection.execute(f"drop role {role}")


async def test_rights_that_lack_are_granted_by_what_is_said_and_are_all_the_worker_needs(
    connection: asyncpg.Connection, limited: str, database: str
) -> None:
    role = urlsplit(limited).username
    hidden = await examine(limited, WHERE)
    assert amiss(hidden) == [("rights", State.FAIL)]
    assert hidden[-1].says.startswith(f"{role} may not look into schema handover; ")
    await mend(hidden[-1], database)

    blind = one(await examine(limited, WHERE), "rights")
    assert blind.state is State.FAIL
    await mend(blind, database)
    await given_agents(connection)
    assert amiss(await examine(limited, WHERE)) == []

    worker = await connect(limited)
    await handed_over(worker, a_handover("1"), a_handover("2"))
    await handed_over(worker, a_handover("1"))
    await worker.execute(sql.take_due_events, 10, 10, [])
    await worker.execute(sql.delete_confirmed_events, [uuid4()])
    await worker.execute(sql.forget_handled_events, 1, 10)
    await worker.execute(sql.forget_assignments, 1, 10)
    letter: tuple[object, ...] = (
        uuid4(),
        "q",
        "e",
        "k",
        "{}",
        b"",
        "failed",
        "it broke",
        "f",
        None,
        None,
        None,
        1,
        None,
    )
    for _ in "twice":
        await worker.execute(sql.record_dead_letters, *zip(letter, strict=True))
    await worker.close()


async def test_a_right_that_was_revoked_is_named(connection: asyncpg.Connection, limited: str) -> None:
    role = urlsplit(limited).username
    await given_agents(connection)
    await connection.execute(f"grant usage on schema handover to {role}")
    for relation in (*RIGHTS, "handover.alembic_version"):
        await connection.execute(f"grant select, insert, update, delete on {relation} to {role}")
    assert amiss(await examine(limited, WHERE)) == []

    await connection.execute(f"revoke update on handover.turns from {role}")

    findings = await examine(limited, WHERE)
    assert amiss(findings) == [("rights", State.FAIL)]
    assert one(findings, "rights").says.startswith(f"{role} may not update on handover.turns; ")


async def test_letters_that_are_settled_wait_for_nobody(connection: asyncpg.Connection, see: See) -> None:
    await given_agents(connection)
    await connection.execute(
        "insert into handover.dead_letters (id, queue, exchange, routing_key, properties, body, reason, error,"
        " fingerprint, state) select gen_random_uuid(), 'q', 'e', 'k', '{}', '', 'failed', '', 'f', state"
        " from unnest('{replayed,discarded,superseded}'::text[]) state"
    )

    assert amiss(await see()) == []
