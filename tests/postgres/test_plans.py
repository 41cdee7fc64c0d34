"""No statement of the hot path reads more because a table has grown."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, given_team, handed_over

from worker import sql
from worker.database import STEADY, Database, connect

GROWING = ("inbox_sessions", "handled_events", "assignments", "outbox", "turns")
ROWS = 20_000
BATCH = 50
READ_PER_HANDOVER = 20
"""Rows and index entries of tables that grow: a session found, its last version, what its agents have open."""

READ = """
    select t.relname, t.seq_tup_read + coalesce(t.idx_tup_fetch, 0) + coalesce(sum(i.idx_tup_read), 0)::bigint as read
    from pg_stat_user_tables t left join pg_stat_user_indexes i using (relid)
    where t.relname = any ($1::text[]) group by t.relid, t.relname, t.seq_tup_read, t.idx_tup_fetch
"""

FILL = (
    """
    insert into inbox_sessions ("tenantId", "contactId", status, "assignedAgentId", "assignedAt", "createdAt")
    select 'acme', n::text, (case when n % 20 = 0 then 'assigned' else 'resolved' end)::inbox_sessions_status_enum,
           gen_random_uuid(), now(), now() - n * interval '1 second'
    from generate_series(1, $1::int) n
    """,
    """
    insert into handover.handled_events (tenant_id, event_id, contact_id)
    select 'acme', n::text, n::text from generate_series(1, $1::int) n
    """,
    """
    insert into handover.assignments (session_id, version, tenant_id, contact_id, what, reason, considered, passed_over,
                                      skills, asked_at, decided_at)
    select id, 1, "tenantId", "contactId", 'assigned', 'new', 1, '{}', '{}', now(), now()
    from inbox_sessions limit $1::int
    on conflict do nothing
    """,
    """
    insert into handover.outbox (id, session_id, version, type, routing_key, body, leased_until)
    select gen_random_uuid(), gen_random_uuid(), 1, 't', 'k', '', now() from generate_series(1, $1::int) n
    """,
    """
    insert into handover.turns (tenant_id, pool_id, agent_id, turn)
    select 'other' || n % 100, '00000000-0000-0000-0000-000000000000', gen_random_uuid(), n
    from generate_series(1, $1::int) n
    """,
)


@pytest.fixture
async def steady(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the worker's own statements have it."""
    opened = await connect(database, name="steady", settings=STEADY)
    yield opened
    await opened.close()


async def tuples_read(connection: asyncpg.Connection, observer: asyncpg.Connection) -> dict[str, int]:
    await connection.execute("select pg_stat_force_next_flush()")
    return {row["relname"]: row["read"] for row in await observer.fetch(READ, GROWING)}


async def fill(connection: asyncpg.Connection) -> None:
    """Let every table that grows have grown."""
    await connection.execute("update inbox_sessions set status = 'resolved'")
    for statement in FILL:
        await connection.execute(statement, ROWS)


def too_much(before: dict[str, int], after: dict[str, int], allowed: int) -> dict[str, int]:
    """What was read of the tables of which more was read than that."""
    return {
        table: after[table] - before[table] for table in GROWING if after[table] - before[table] > allowed
    }


async def hand_over_some(connection: asyncpg.Connection, first: int) -> None:
    """Half of them of contacts that have a session."""
    known = [a_handover(str(n * 20)) for n in range(first, first + BATCH // 2)]
    new = [a_handover(f"9{n:09}") for n in range(first, first + BATCH // 2)]
    await handed_over(connection, *known, *new)


@pytest.mark.parametrize("analysed", ["never", "empty", "full"])
async def test_a_handover_reads_as_little_of_full_tables_as_of_empty_ones(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection, analysed: str
) -> None:
    if analysed == "empty":
        await rival.execute("analyze")
    await given_agents(rival, 10, max_sessions=1000)
    for first in range(0, 10 * BATCH, BATCH):  # every statement has been prepared and planned by then
        await hand_over_some(steady, 1_000_000 + first)
    await fill(rival)
    if analysed == "full":
        await rival.execute("analyze")
    before = await tuples_read(steady, observer)

    await hand_over_some(steady, 1)

    after = await tuples_read(steady, observer)
    assert too_much(before, after, BATCH * READ_PER_HANDOVER) == {}


async def test_a_plan_made_for_a_few_rows_is_not_kept(
    database: str, rival: asyncpg.Connection, observer: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the statistics of an empty table and the first rows of many tenants another index looks as good."""
    monkeypatch.setattr("worker.database.REPLAN_SECONDS", 0)
    await rival.execute("analyze")
    await given_agents(rival, 10, max_sessions=1000)
    few = [a_handover(f"8{n:09}", tenant_id=f"other{n % 100}") for n in range(4 * BATCH)]
    await handed_over(rival, *few)
    own = Database(database, "own")
    for first in range(0, 10 * BATCH, BATCH):
        async with own.connection() as connection:
            await hand_over_some(connection, 1_000_000 + first)
    await fill(rival)

    async with own.connection() as connection:
        before = await tuples_read(connection, observer)
        await hand_over_some(connection, 1)
        after = await tuples_read(connection, observer)

    own.discard()
    assert too_much(before, after, BATCH * READ_PER_HANDOVER) == {}


async def test_what_agents_have_open_is_looked_up_agent_by_agent(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """Vacuumed while nobody had a session, the indexes of active sessions count as one page for good."""
    await rival.execute(FILL[0], ROWS)
    await rival.execute("update inbox_sessions set status = 'resolved'")
    await rival.execute("vacuum (full, analyze) inbox_sessions")
    await rival.execute("update inbox_sessions set status = 'assigned'")
    await given_agents(rival, 100, max_sessions=1000)
    before = await tuples_read(steady, observer)

    await hand_over_some(steady, 2_000_000)

    after = await tuples_read(steady, observer)
    assert too_much(before, after, 100 * READ_PER_HANDOVER) == {}


@pytest.mark.parametrize("analysed", ["never", "full"])
async def test_sessions_known_by_their_ids_are_read_by_them(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection, analysed: str
) -> None:
    await fill(rival)
    some = await rival.fetch(
        """
        select "tenantId", "contactId", id, "assignedAgentId" from inbox_sessions where status = 'assigned' limit $1
        """,
        BATCH,
    )
    tenants, contacts, ids, agents = zip(*some, strict=True)
    if analysed == "full":
        await rival.execute("analyze")
    before = await tuples_read(steady, observer)

    assert len(await steady.fetch(sql.lock_sessions, ids)) == BATCH
    assert len(await steady.fetch(sql.accept_sessions, tenants, ids, agents, [None] * BATCH)) == BATCH
    assert len(await steady.fetch(sql.find_events, tenants, contacts)) == BATCH
    await steady.fetch(sql.read_rounds, ids)
    await steady.fetch(sql.recall_sessions, tenants, contacts, contacts)

    after = await tuples_read(steady, observer)
    assert too_much(before, after, BATCH * READ_PER_HANDOVER) == {}


@pytest.mark.parametrize("analysed", ["never", "full"])
async def test_a_sweep_reads_nothing_where_nobody_has_to_hurry_or_has_left(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection, analysed: str
) -> None:
    await rival.execute(
        "insert into handover.tenants (tenant_id) select 'tenant' || n from generate_series(1, 100) n"
    )
    await fill(rival)
    await rival.execute("""update inbox_sessions set status = 'assigned', "assignedAt" = now()""")
    if analysed == "full":
        await rival.execute("analyze")
    before = await tuples_read(steady, observer)

    assert await steady.fetch(sql.find_departed, 30, 200) == []
    assert await steady.fetch(sql.find_unaccepted, 200) == []
    assert await steady.fetch(sql.find_drainable_tenants, timedelta(days=7)) == []

    after = await tuples_read(steady, observer)
    assert too_much(before, after, 0) == {}


async def test_who_has_waited_for_too_long_is_not_read_to_find_the_others(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    team = await given_team(rival)
    await fill(rival)
    await rival.execute(
        """update inbox_sessions set status = 'unassigned', "updatedAt" = now() - interval '8 days',
           "assignedTeamId" = case when "contactId" < '2' then $1::uuid end""",
        team,
    )
    await given_session(rival, "unassigned")
    await rival.execute("analyze")
    before = await tuples_read(steady, observer)

    week = timedelta(days=7)
    assert len(await steady.fetch(sql.find_waiting, "acme", [team], True, [team], week, 200, 0)) == 1
    assert len(await steady.fetch(sql.find_drainable_tenants, week)) == 0

    after = await tuples_read(steady, observer)
    assert too_much(before, after, 5) == {}


async def test_sessions_whose_agent_is_gone_are_counted_without_the_others(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await fill(rival)
    await rival.execute("update inbox_sessions set status = 'assigned'")
    await given_session(rival, "assigned")
    await rival.execute("analyze")
    before = await tuples_read(steady, observer)

    assert await steady.fetchval(sql.count_adrift) == 1

    after = await tuples_read(steady, observer)
    assert too_much(before, after, 5) == {}


async def test_who_is_held_is_found_by_key(
    steady: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await fill(rival)
    [agent] = await given_agents(rival)
    await rival.execute("insert into handover.tenants (tenant_id) values ('acme')")
    session = await rival.fetchval("select id from inbox_sessions limit 1")
    before = await tuples_read(steady, observer)

    assert await steady.fetch(sql.find_held_contacts, ["acme"] * 50, [str(n) for n in range(50)]) == []
    assert await steady.fetch(sql.find_held_agents, ["acme"], [agent], [session], [False]) == []

    after = await tuples_read(steady, observer)
    assert too_much(before, after, 50 * READ_PER_HANDOVER) == {}
