"""`handover db check` and `adopt` on an inbox that TypeORM made, while other programs use it."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from commands import handover
from conftest import CreateDatabase
from locks import until_blocked
from typeorm import given_many, given_open, made, open_sessions

from worker import sql
from worker.adoption import Stopped, adopting
from worker.adoption.looking import is_guarded, look
from worker.adoption.merging import Merged
from worker.core.adoption import How, plan
from worker.migrations import HEAD, current, migrate

INDEXES = (
    "select indexdef from pg_indexes where tablename = 'inbox_sessions' and indexname like 'inbox_sessions_%'"
    " and indexname <> 'inbox_sessions_pkey' order by 1"
)
TRIGGERS = (
    "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'inbox_sessions'::regclass and not tgisinternal"
    " order by 1"
)
SNAPSHOT = (
    "select (select md5(array_agg(s order by id)::text) from inbox_sessions s),"
    " (select array_agg(a.attname order by 1)::text from pg_attribute a where attrelid = 'inbox_sessions'::regclass),"
    " (select array_agg(indexrelid::regclass::text order by 1)::text from pg_index"
    " where indrelid = 'inbox_sessions'::regclass), to_regnamespace('handover')::text"
)

ASKING = (
    "select exists (select from pg_stat_activity where query like '%advisory_lock(%'"
    " and datname = current_database() and pid not in ($1, pg_backend_pid()))"
)
"""Whether somebody else than $1 asks to be the only one who migrates or adopts."""


@pytest.fixture
def database(create_database: CreateDatabase) -> str:
    """In place of a migrated one: nothing of ours is in it."""
    return create_database(secrets.token_hex(4))


@pytest.fixture
async def inbox(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Another program's connection to its inbox."""
    connection = await made(database)
    yield connection
    await connection.close()


def recorder() -> tuple[adopting.Report, list[adopting.Done], list[Merged], list[str]]:
    done: list[adopting.Done] = []
    merged: list[Merged] = []
    waiting: list[str] = []
    return adopting.Report(done.append, merged.append, waiting.append), done, merged, waiting


async def adopted(url: str, *, merging: bool = False) -> tuple[list[str], list[Merged], list[str]]:
    report, done, merged, waiting = recorder()
    async with adopting.connected(url) as connection:
        await adopting.adopt(connection, merging=merging, report=report)
    return [each.step for each in done], merged, waiting


async def merged_by(connection: asyncpg.Connection) -> list[Merged]:
    """What the merge that is planned, and nothing else of the plan, makes of the inbox."""
    [step] = [each for each in plan(await look(connection), merge=True).steps if each.how is How.MERGING]
    report, _, merged, _ = recorder()
    await adopting._carry_out(connection, step, report)
    return merged


async def test_a_check_names_all_that_is_amiss_and_changes_nothing(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_open(inbox, "assigned")
    await given_open(inbox, "unassigned")
    before = await inbox.fetchrow(SNAPSHOT)

    told = handover(environment, "db", "check")
    lines = [json.loads(line) for line in handover(environment, "db", "check", "--json").stdout.splitlines()]

    assert (told.returncode, told.stderr) == (1, "")
    [doubles] = [line for line in lines if line["check"] == "doubles"]
    assert doubles["says"] == (
        "contacts with more than one active session: 1, with 2 sessions, such as '254745050238' of 'acme' (2)"
    )
    assert [line["says"] for line in lines if line["state"] == "todo"][:2] == [
        "make schema handover",
        "add columns acceptedAt, priority",
    ]
    assert await inbox.fetchrow(SNAPSHOT) == before


def test_where_there_is_no_inbox_there_is_nothing_to_adopt(environment: dict[str, str]) -> None:
    for words in (("check",), ("adopt", "--yes")):
        result = handover(environment, "db", *words)
        assert (result.returncode, result.stdout) == (3, "")
        assert "there is no inbox_sessions in schema public of database" in result.stderr


async def test_migrating_is_refused_until_it_is_adopted(
    inbox: asyncpg.Connection, database: str, environment: dict[str, str]
) -> None:
    await given_open(inbox, "assigned")

    refused = handover(environment, "migrate")
    done = handover(environment, "db", "adopt", "--yes")
    again = handover(environment, "db", "adopt", "--yes")
    checked = handover(environment, "db", "check")

    assert refused.returncode == 1
    assert refused.stderr == (
        "handover: inbox_sessions already exists and is not ready for this program; nothing was changed:"
        " see `handover db check`, then run `handover db adopt`\n"
    )
    assert (done.returncode, again.returncode, checked.returncode) == (0, 0, 0)
    assert again.stderr == "inbox_sessions is ready: run `handover migrate`\n"
    assert await migrate(database) == (None, HEAD)
    assert await migrate(database) == (HEAD, HEAD)
    assert handover(environment, "db", "check").returncode == 0


async def test_an_adopted_inbox_has_the_indexes_and_triggers_of_one_of_ours(
    inbox: asyncpg.Connection, database: str, migrated: str
) -> None:
    await inbox.execute('drop index "IDX_4a0c"')
    await adopted(database)
    await migrate(database)
    ours = await asyncpg.connect(migrated)
    try:
        expected = [[row[0] for row in await ours.fetch(each)] for each in (INDEXES, TRIGGERS)]
    finally:
        await ours.close()

    found = [[row[0] for row in await inbox.fetch(each)] for each in (INDEXES, TRIGGERS)]
    assert [
        [each.replace("session_state", "inbox_sessions_status_enum") for each in one] for one in found
    ] == expected
    assert await inbox.fetchval("select to_regclass('inbox_messages')") is None


@pytest.mark.usefixtures("inbox")
async def test_an_index_of_theirs_that_does_as_well_is_not_built_again(database: str) -> None:
    steps, *_ = await adopted(database)
    assert "build index inbox_sessions_agent" not in steps
    assert steps[-1] == "build index inbox_sessions_one_active"


async def test_a_varchar_status_does_as_well(inbox: asyncpg.Connection, database: str) -> None:
    await inbox.execute("alter table inbox_sessions alter status drop default, alter status type varchar(20)")
    await adopted(database)
    await migrate(database)
    assert plan(await look(inbox), merge=False).is_done


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            'alter table inbox_sessions alter "createdAt" type timestamp',
            "createdAt is timestamp without time zone",
        ),
        ('alter table inbox_sessions drop column "contactId"', "contactId is missing"),
        ("alter table inbox_sessions add brand text not null", "brand has no default"),
        ('alter table inbox_sessions alter "assignedAt" set not null', "assignedAt must not be null"),
        (
            "create index inbox_sessions_status on inbox_sessions (channel)",
            "inbox_sessions_status is another index",
        ),
        ("alter type session_state rename value 'resolved' to 'closed'", "status cannot be resolved"),
    ],
)
async def test_what_only_people_can_solve_stops_it_before_the_first_step(
    inbox: asyncpg.Connection, environment: dict[str, str], change: str, says: str
) -> None:
    await inbox.execute(change)
    before = await inbox.fetchrow(SNAPSHOT)

    result = handover(environment, "db", "adopt", "--merge-duplicates", "--yes")

    assert (result.returncode, result.stdout) == (2, "")
    assert f"nothing was done: {says}" in result.stderr
    assert handover(environment, "db", "check").returncode == 1
    assert await inbox.fetchrow(SNAPSHOT) == before


async def test_duplicates_are_merged_only_when_asked(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    first = await given_open(inbox, "assigned", hours_ago=9)
    assigned = await given_open(inbox, "assigned", hours_ago=5)
    latest = await given_open(inbox, "unassigned", hours_ago=1)
    waiting = await given_open(inbox, "unassigned", contact="1", hours_ago=1)
    await given_open(inbox, "unassigned", contact="1", hours_ago=2)
    for session in (assigned, latest):
        await inbox.execute('insert into resolutions ("sessionId") values ($1)', session)

    refused = handover(environment, "db", "adopt", "--yes")
    shown = handover(environment, "db", "adopt", "--merge-duplicates", "--dry-run")
    assert sorted(await open_sessions(inbox)) == sorted([first, assigned, latest])
    done = handover(environment, "db", "adopt", "--merge-duplicates", "--yes", "--json")

    assert refused.returncode == 2
    assert "contacts with more than one active session: 2, with 5 sessions" in refused.stderr
    assert f"keep {assigned} (assigned), resolve {first} {latest}" in shown.stdout
    assert done.returncode == 0
    [of_one, of_other] = [
        line for line in map(json.loads, done.stdout.splitlines()) if line["kind"] == "merged"
    ]
    assert (of_one["kept"], of_other["kept"]) == (str(waiting), str(assigned))
    assert of_other["resolved"] == [str(first), str(latest)]
    assert (of_other["moved"], of_other["stayed"]) == ({"messages": 2}, {"resolutions": 1})
    assert await open_sessions(inbox) == [assigned]
    assert await inbox.fetchval('select count(*) from messages where "sessionId" = $1', assigned) == 3
    heard = await inbox.fetchval(
        "select now() - \"lastInboundMessageAt\" < interval '2 hours' from inbox_sessions where id = $1",
        assigned,
    )
    assert heard


@pytest.mark.parametrize("checked", ["", "deferrable initially deferred"])
async def test_rows_of_which_a_session_may_have_one_only_stay_alone(
    inbox: asyncpg.Connection, database: str, checked: str
) -> None:
    await inbox.execute(
        'create table participants ("sessionId" uuid references inbox_sessions (id), name text,'
        f' unique ("sessionId", name) {checked})'
    )
    kept, other = await given_open(inbox, "assigned"), await given_open(inbox, "unassigned")
    for session, name in ((kept, "Amina"), (other, "Amina"), (other, "Otieno"), (other, "Wanjiku")):
        await inbox.execute("insert into participants values ($1, $2)", session, name)

    _, [merged], _ = await adopted(database, merging=True)

    assert (merged.moved, merged.stayed) == ({"messages": 1, "participants": 2}, {"participants": 1})
    left = await inbox.fetch('select name from participants where "sessionId" = $1', other)
    assert [name for [name] in left] == ["Amina"]


async def test_a_message_that_comes_while_its_session_is_merged_away_is_of_the_one_that_is_kept(
    inbox: asyncpg.Connection, observer: asyncpg.Connection, database: str
) -> None:
    kept, other = await given_open(inbox, "assigned"), await given_open(inbox, "unassigned")
    async with adopting.connected(database) as connection:
        async with inbox.transaction():
            await inbox.execute("insert into messages (\"sessionId\", content) values ($1, 'wait')", other)
            merging = asyncio.ensure_future(merged_by(connection))
            await until_blocked(observer, connection)
        [merged] = await merging

    assert (merged.kept, merged.moved) == (kept, {"messages": 2})
    assert await inbox.fetch('select from messages where "sessionId" <> $1', kept) == []


async def test_the_one_left_of_a_double_that_is_resolved_while_it_is_merged_stays_open(
    inbox: asyncpg.Connection, observer: asyncpg.Connection, database: str
) -> None:
    would_be_kept, other = await given_open(inbox, "assigned"), await given_open(inbox, "unassigned")
    async with adopting.connected(database) as connection:
        async with inbox.transaction():
            await inbox.execute("update inbox_sessions set status = 'resolved' where id = $1", would_be_kept)
            merging = asyncio.ensure_future(merged_by(connection))
            await until_blocked(observer, connection)
        assert await merging == []

    assert await open_sessions(inbox) == [other]


async def test_rows_that_change_while_they_are_moved_one_by_one_are_moved(
    inbox: asyncpg.Connection, observer: asyncpg.Connection, database: str
) -> None:
    """Those of a session whose rows cannot all move: they are found by their places, which a change changes."""
    await inbox.execute(
        'create table participants ("sessionId" uuid references inbox_sessions (id), name text, note text,'
        ' unique ("sessionId", name))'
    )
    kept, other = await given_open(inbox, "assigned"), await given_open(inbox, "unassigned")
    for session, name in ((kept, "Amina"), (other, "Amina"), (other, "Otieno"), (other, "Wanjiku")):
        await inbox.execute("insert into participants values ($1, $2)", session, name)
    change = "update participants set note = 'left' where name = $1"
    async with adopting.connected(database) as connection:
        async with inbox.transaction():
            await inbox.execute(change, "Otieno")
            merging = asyncio.ensure_future(merged_by(connection))
            await until_blocked(observer, connection)
            await inbox.execute(change, "Wanjiku", timeout=5)
        [merged] = await merging

    assert (merged.moved, merged.stayed) == ({"messages": 1, "participants": 2}, {"participants": 1})
    left = 'select name, note from participants where "sessionId" = $1 order by name'
    assert [tuple(row) for row in await inbox.fetch(left, kept)] == [
        ("Amina", None),
        ("Otieno", "left"),
        ("Wanjiku", "left"),
    ]


async def test_sessions_of_nobody_are_left_out_of_a_merge(inbox: asyncpg.Connection, database: str) -> None:
    await given_open(inbox, "assigned")
    await given_open(inbox, "unassigned")
    [step] = [each for each in plan(await look(inbox), merge=True).steps if each.how is How.MERGING]
    await inbox.execute('alter table inbox_sessions alter "tenantId" drop not null')
    for _ in range(2):
        await inbox.execute('insert into inbox_sessions ("tenantId", "contactId") values (null, \'1\')')
    report, _, merged, _ = recorder()

    async with adopting.connected(database) as connection, asyncio.timeout(10):
        await adopting._carry_out(connection, step, report)

    assert len(merged) == 1


async def test_the_sql_shown_is_what_adopts(inbox: asyncpg.Connection, environment: dict[str, str]) -> None:
    shown = handover(environment, "db", "adopt", "--dry-run")
    for statement in _statements(shown.stdout):
        await inbox.execute(statement)
        if " index concurrently " in statement:
            assert await inbox.fetchval("show lock_timeout") == "15min"
        if "alter table" in statement:
            assert await inbox.fetchval("show lock_timeout") == "1500ms"
    assert shown.returncode == 0
    assert handover(environment, "db", "check").returncode == 0


async def test_it_waits_briefly_and_again_while_somebody_holds_the_table(
    inbox: asyncpg.Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopting, "LOCK_TIMEOUT", "50ms")
    other = await asyncpg.connect(database)
    holding = inbox.transaction()
    await holding.start()
    await inbox.execute("lock table inbox_sessions in row exclusive mode")
    report, _, _, waiting = recorder()

    async def adopt() -> None:
        async with adopting.connected(database) as connection:
            await adopting.adopt(connection, merging=False, report=report)

    running = asyncio.ensure_future(adopt())
    async with asyncio.timeout(10):
        while not waiting:
            await asyncio.sleep(0.01)
    await other.execute(
        "insert into inbox_sessions (\"tenantId\", \"contactId\") values ('acme', '1')", timeout=5
    )
    await holding.commit()
    await running

    assert "add columns acceptedAt, priority: somebody is in the way" in waiting[0]
    assert await is_guarded(inbox)
    await other.close()


async def test_it_goes_on_where_it_ended_and_drops_an_index_that_is_invalid(
    inbox: asyncpg.Connection, database: str
) -> None:
    await given_open(inbox, "assigned")
    extra = await given_open(inbox, "unassigned")
    unique = [step.statements[0] for step in plan(await look(inbox), merge=True).steps][-1]
    with pytest.raises(asyncpg.UniqueViolationError):
        await inbox.execute(unique)
    await inbox.execute("update inbox_sessions set status = 'resolved' where id = $1", extra)

    steps, *_ = await adopted(database)

    assert steps[-2:] == [
        "drop invalid index inbox_sessions_one_active",
        "build index inbox_sessions_one_active",
    ]
    assert await inbox.fetch(sql.find_invalid_indexes) == []


async def test_killed_after_any_step_it_is_finished_by_the_next_run(
    inbox: asyncpg.Connection, database: str
) -> None:
    await given_open(inbox, "assigned")
    await given_open(inbox, "unassigned")
    seen = plan(await look(inbox), merge=True).steps
    for _ in seen:

        def end(_: object) -> None:
            raise KeyError

        report = adopting.Report(end, lambda _: None, lambda _: None)
        with suppress(KeyError):
            async with adopting.connected(database) as connection:
                await adopting.adopt(connection, merging=True, report=report)
    assert plan(await look(inbox), merge=False).is_done


async def test_a_double_that_comes_meanwhile_leaves_no_invalid_index(
    inbox: asyncpg.Connection, database: str
) -> None:
    await given_open(inbox, "assigned")
    report, *_ = recorder()
    async with adopting.connected(database) as connection:
        steps = plan(await look(connection), merge=False).steps
        await given_open(inbox, "unassigned")
        with pytest.raises(asyncpg.UniqueViolationError):
            await adopting._carry_out(connection, steps[-1], report)
        with pytest.raises(Stopped, match="contacts with more than one active session: 1"):
            await adopting.adopt(connection, merging=False, report=report)
    assert steps[-1].how is How.CONCURRENTLY
    assert await inbox.fetch(sql.find_invalid_indexes) == []


async def test_a_step_that_cannot_be_done_is_named_with_what_postgresql_says_and_how_many_were_done(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_open(inbox, "assigned")
    await given_open(inbox, "unassigned")
    await inbox.execute("create unique index on inbox_sessions (status) where status = 'resolved'")
    await given_open(inbox, "resolved", contact="1")

    result = handover(environment, "db", "adopt", "--merge-duplicates", "--yes")

    assert result.returncode == 4
    assert "another program" not in result.stderr
    assert (
        "handover: merge duplicates: duplicate key value violates unique constraint"
        ' "inbox_sessions_status_idx"; 8 steps were done and stay: run it again' in result.stderr
    )


async def test_one_whose_connection_ends_while_it_builds_an_index_says_why_and_is_finished_by_the_next_run(
    inbox: asyncpg.Connection, database: str
) -> None:
    observer = await asyncpg.connect(database)
    holding = inbox.transaction()
    await holding.start()
    await inbox.execute("insert into inbox_sessions (\"tenantId\", \"contactId\") values ('acme', '1')")
    unique = plan(await look(observer), merge=False).steps[-1]
    assert unique.how is How.CONCURRENTLY
    report, *_ = recorder()

    async def build() -> None:
        async with adopting.connected(database) as connection:
            await adopting._carry_out(connection, unique, report)

    building = asyncio.ensure_future(build())
    async with asyncio.timeout(10):
        while not await observer.fetchval(sql.find_invalid_indexes):
            await asyncio.sleep(0.01)
    await observer.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'handover-adopt'"
    )
    with pytest.raises(asyncpg.PostgresError, match="terminating connection due to administrator command"):
        await building
    await holding.commit()
    await observer.close()

    steps, *_ = await adopted(database)
    assert steps[-2:] == [f"drop invalid index {unique.name.split()[-1]}", unique.name]
    assert await inbox.fetch(sql.find_invalid_indexes) == []


async def test_one_who_waits_to_migrate_does_not_hold_up_the_building_of_an_index(
    inbox: asyncpg.Connection, database: str
) -> None:
    async with adopting.connected(database) as connection:
        migrating = asyncio.ensure_future(migrate(database))
        async with asyncio.timeout(10):
            while not await inbox.fetchval(ASKING, connection.get_server_pid()):
                await asyncio.sleep(0.01)
        report, *_ = recorder()
        async with asyncio.timeout(30):
            await adopting.adopt(connection, merging=False, report=report)
    assert await migrating == (None, HEAD)
    assert await current(inbox) == HEAD


async def test_a_hundred_thousand_rows_are_adopted_while_another_program_opens_and_closes_sessions(
    inbox: asyncpg.Connection, database: str
) -> None:
    await given_many(inbox, 100_000, 500)
    messages = await inbox.fetchval("select count(*) from messages")
    stop = asyncio.Event()

    async def write() -> None:
        own = await asyncpg.connect(database)
        while not stop.is_set():
            with suppress(asyncpg.UniqueViolationError):
                session = await own.fetchval(
                    'insert into inbox_sessions ("tenantId", "contactId", channel)'
                    " values ('acme', $1, 'webchat') returning id",
                    f"new {secrets.randbelow(300)}",
                )
                await own.execute('insert into messages ("sessionId") values ($1)', session)
                await own.execute("update inbox_sessions set status = 'resolved' where id = $1", session)
        await own.close()

    writers = [asyncio.ensure_future(write()) for _ in range(4)]
    steps, merged, _ = await adopted(database, merging=True)
    stop.set()
    await asyncio.gather(*writers)
    await migrate(database)

    assert {each.contact_id for each in merged} >= {str(number) for number in range(1, 501)}
    assert steps[-1] == "build index inbox_sessions_one_active"
    assert plan(await look(inbox), merge=False).is_done
    assert await inbox.fetchval(sql.count_doubles) == 0
    kept = [each.kept for each in merged]
    of_kept = 'select count(*) from messages where "sessionId" = any ($1)'
    assert await inbox.fetchval(of_kept, kept) >= 1000
    assert await inbox.fetchval("select count(*) from messages") >= messages


def _statements(script: str) -> list[str]:
    """Those of `--dry-run`, split where a line ends with a semicolon outside of a function's body."""
    found, body = [""], False
    for line in script.splitlines():
        body ^= line.count("$$") % 2 == 1
        found[-1] += f"{line}\n"
        if line.endswith(";") and not body and not line.startswith(" "):
            found.append("")
    return [each for each in found if each.strip()]
