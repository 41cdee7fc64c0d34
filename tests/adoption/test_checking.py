"""What `handover db check` sees of an inbox that somebody else made, down to what would only come out later."""

import json
import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest
from commands import handover
from conftest import CreateDatabase
from typeorm import given_open, made, open_sessions

ONE_ACTIVE = (
    'create unique index inbox_sessions_one_active on inbox_sessions ("tenantId", "contactId") where %s'
)


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


def said(environment: dict[str, str], state: str, check: str) -> list[tuple[str, str | None]]:
    result = handover(environment, "db", "check", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [
        (line["says"], line["mend"]) for line in lines if (line["state"], line["check"]) == (state, check)
    ]


async def test_an_index_of_that_name_that_guards_less_is_not_taken_for_it(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    assert handover(environment, "db", "adopt", "--yes").returncode == 0
    await inbox.execute("drop index inbox_sessions_one_active")
    await inbox.execute(ONE_ACTIVE % "status = 'assigned'")

    assert said(environment, "fail", "indexes") == [
        (
            "inbox_sessions_one_active is another index than the one the worker needs of that name",
            "psql \"$DATABASE_URL\" -c 'alter index inbox_sessions_one_active rename to inbox_sessions_one_active_old'",
        )
    ]
    assert handover(environment, "migrate").returncode == 1
    await inbox.execute("alter index inbox_sessions_one_active rename to inbox_sessions_one_active_old")
    assert handover(environment, "db", "adopt", "--yes").returncode == 0
    assert handover(environment, "migrate").returncode == 0


@pytest.mark.parametrize(
    "columns", ['"tenantId", "contactId"', '"contactId", "tenantId", channel', '"contactId"']
)
async def test_a_unique_index_that_holds_closed_sessions_too_would_refuse_the_next_one(
    inbox: asyncpg.Connection, environment: dict[str, str], columns: str
) -> None:
    await inbox.execute(f'alter table inbox_sessions add constraint "UQ_3c4d" unique ({columns})')
    [(says, mend)] = said(environment, "fail", "indexes")
    assert says == (f"UQ_3c4d allows one session of {columns} only, and a contact has many over time")
    assert handover(environment, "db", "adopt", "--yes").returncode == 2
    for statement in (mend or "").split("'")[1::2]:
        await inbox.execute(statement)
    assert said(environment, "fail", "indexes") == []


@pytest.mark.parametrize(
    "guarding",
    [
        "status in ('unassigned', 'assigned')",
        "status = 'assigned' or status = 'unassigned'",
        "status not in ('resolved', 'archived')",
    ],
)
async def test_an_index_of_theirs_that_guards_open_sessions_is_enough(
    inbox: asyncpg.Connection, environment: dict[str, str], guarding: str
) -> None:
    await inbox.execute(ONE_ACTIVE.replace("inbox_sessions_one_active", '"IDX_1"') % guarding)
    assert handover(environment, "db", "adopt", "--yes").returncode == 0
    names = await inbox.fetch("select indexname from pg_indexes where indexname ~ 'one_active|IDX_1'")
    assert [name for [name] in names] == ["IDX_1"]
    assert said(environment, "fail", "indexes") == []


@pytest.mark.parametrize(
    ("index", "says"),
    [
        (
            '("tenantId", "contactId") where status <> \'resolved\'',
            (
                '"tenantId", "contactId" only where (status <> \'resolved\'::session_state), and of a contact there are'
                " many that are archived over time"
            ),
        ),
        (
            '("tenantId", "contactId") where "deletedAt" is null',
            (
                '"tenantId", "contactId" only where ("deletedAt" IS NULL), and of a contact there are many that are'
                " archived, resolved over time"
            ),
        ),
        (
            "(\"contactId\") where status in ('assigned', 'unassigned')",
            (
                "\"contactId\" only where (status = ANY (ARRAY['assigned'::session_state,"
                " 'unassigned'::session_state])), and two tenants may know the same contact"
            ),
        ),
    ],
)
async def test_a_unique_index_of_some_sessions_that_would_refuse_the_next_one_fails(
    inbox: asyncpg.Connection, environment: dict[str, str], index: str, says: str
) -> None:
    await inbox.execute('alter table inbox_sessions add "deletedAt" timestamptz')
    await inbox.execute(f'create unique index "UQ_1" on inbox_sessions {index}')
    [(said_of_it, mend)] = said(environment, "fail", "indexes")
    assert said_of_it == f"UQ_1 allows one session of {says}"
    await inbox.execute((mend or "").split("'")[1])
    assert said(environment, "fail", "indexes") == []


@pytest.mark.parametrize(
    "index",
    [
        '("tenantId", "contactId") where "isOpen"',
        '("tenantId", "contactId") where "isOpen" and status = \'assigned\'',
        '("contactId", "assignedAgentId")',
    ],
)
async def test_a_unique_index_of_a_contact_that_may_refuse_a_session_is_warned_of(
    inbox: asyncpg.Connection, environment: dict[str, str], index: str
) -> None:
    await inbox.execute('alter table inbox_sessions add "isOpen" boolean not null default true')
    await inbox.execute(f'create unique index "UQ_1" on inbox_sessions {index}')
    [(says, _)] = said(environment, "warn", "indexes")
    assert says.startswith("UQ_1 allows one session of ")
    assert said(environment, "fail", "indexes") == []


async def test_a_constraint_that_refuses_a_status_of_the_workers_fails(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await inbox.execute(
        "alter table inbox_sessions alter status drop default, alter status type varchar(20),"
        " add constraint \"CHK_1\" check (status in ('assigned', 'resolved', 'open'))"
    )
    [(says, mend)] = said(environment, "fail", "checks")
    assert says == "CHK_1 refuses the status unassigned, which the worker writes"
    await inbox.execute((mend or "").split("'")[1])
    assert said(environment, "fail", "checks") == []


async def test_a_status_too_short_for_the_longest_is_named(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await inbox.execute("alter table inbox_sessions alter status drop default, alter status type varchar(8)")
    [(says, mend)] = said(environment, "fail", "columns")
    assert says == "status holds 8 characters, and 'unassigned' has 10"
    await inbox.execute((mend or "").split("'")[1])
    assert said(environment, "fail", "columns") == []


async def test_sessions_whose_status_the_worker_does_not_know_are_counted(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await inbox.execute("alter table inbox_sessions alter status drop default, alter status type varchar")
    for status in ("open", "open", "OPEN", "assigned", "resolved"):
        await inbox.execute(
            'insert into inbox_sessions ("tenantId", "contactId", status) values (\'acme\', $1, $2)',
            secrets.token_hex(4),
            status,
        )
    assert said(environment, "warn", "status") == [
        ("the worker takes sessions with these statuses for closed: 'open' (2), 'OPEN' (1)", None)
    ]


async def test_open_sessions_of_a_contact_the_worker_would_not_find_are_counted(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    """By phone a contact is its digits: a handover would open a second session beside these."""
    for contact in ("+254 745 050 238", "254745050239", "whatsapp:+254745050240"):
        await given_open(inbox, "unassigned", contact=contact)
    await inbox.execute(
        "update inbox_sessions set channel = 'webchat' where \"contactId\" = 'whatsapp:+254745050240'"
    )
    await inbox.execute(
        "insert into inbox_sessions (\"tenantId\", \"contactId\", status) values ('acme', '+1', 'resolved')"
    )
    [(says, mend)] = said(environment, "warn", "contacts")
    assert says == (
        "open sessions whose contact a handover would not find, for the worker takes a phone number for its digits:"
        " 1, such as '+254 745 050 238'; your application has to spell them so, too"
    )
    await inbox.execute((mend or "").split("'")[1])
    assert said(environment, "warn", "contacts") == []
    assert len(await open_sessions(inbox, "254745050238")) == 1


@pytest.mark.parametrize(
    "made_so",
    [
        "update inbox_sessions set channel = ' WhatsApp'",
        "alter table inbox_sessions alter channel drop not null; update inbox_sessions set channel = null",
        "alter table inbox_sessions drop channel",
    ],
)
async def test_what_is_counted_as_a_phone_number_is_mended_as_one(
    inbox: asyncpg.Connection, environment: dict[str, str], made_so: str
) -> None:
    await given_open(inbox, "unassigned", contact="+254 745 050 238")
    await inbox.execute(made_so)

    [(_, mend)] = said(environment, "warn", "contacts")
    await inbox.execute((mend or "").split("'")[1])

    assert said(environment, "warn", "contacts") == []
    assert len(await open_sessions(inbox, "254745050238")) == 1


async def test_two_spellings_of_a_number_with_open_sessions_are_made_one_before_they_are_merged(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_open(inbox, "assigned", contact="254745050238")
    await given_open(inbox, "unassigned", contact="+254 745 050 238")
    for contact in ("+1", "+1", "nobody", "somebody"):
        await given_open(inbox, "unassigned", contact=contact)

    refused = handover(environment, "db", "adopt", "--merge-duplicates", "--yes")
    [(says, mend)] = said(environment, "fail", "contacts")
    await inbox.execute((mend or "").split("'")[1])
    done = handover(environment, "db", "adopt", "--merge-duplicates", "--yes")

    assert (refused.returncode, done.returncode) == (2, 0)
    assert says.endswith("; 1 beside another of the same number, which is to be merged with it")
    assert len(await open_sessions(inbox, "254745050238")) == 1
    await given_open(inbox, "unassigned", contact="+254745050238")
    [(says, _)] = said(environment, "warn", "contacts")
    assert says.endswith("; 1 beside another of the same number, which is to be resolved first")


async def test_columns_that_may_refer_to_sessions_without_a_key_are_named(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await inbox.execute('alter table messages drop constraint "FK_5b1c"')
    await inbox.execute('create table inbox_messages (id uuid primary key, "sessionId" varchar not null)')
    await inbox.execute("create table notes (session_id uuid references inbox_sessions (id))")
    await given_open(inbox, "assigned")
    await given_open(inbox, "unassigned")

    assert said(environment, "warn", "references") == [
        (
            (
                "columns without a foreign key, whose rows would not be merged if they refer to sessions:"
                ' inbox_messages ("sessionId"), messages ("sessionId")'
            ),
            None,
        )
    ]
    assert handover(environment, "db", "adopt", "--merge-duplicates", "--yes").returncode == 0
    assert said(environment, "warn", "references") == []


async def test_rows_that_refer_to_one_another_do_not_come_to_refer_to_themselves(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await inbox.execute(
        'alter table inbox_sessions add "previousSessionId" uuid references inbox_sessions (id)'
    )
    first = await given_open(inbox, "unassigned", hours_ago=2)
    kept = await given_open(inbox, "assigned", hours_ago=1)
    later = await given_open(inbox, "unassigned", contact="other")
    for session in (kept, later):
        await inbox.execute(
            'update inbox_sessions set "previousSessionId" = $1 where id = $2', first, session
        )

    assert handover(environment, "db", "adopt", "--merge-duplicates", "--yes").returncode == 0

    previous = 'select "previousSessionId" from inbox_sessions where id = $1'
    assert await inbox.fetchval(previous, kept) == first
    assert await inbox.fetchval(previous, later) == kept


async def test_what_a_merge_would_do_is_shown_also_of_a_table_without_times(
    inbox: asyncpg.Connection, environment: dict[str, str]
) -> None:
    assigned = await given_open(inbox, "assigned")
    other = await given_open(inbox, "unassigned")
    await inbox.execute('alter table inbox_sessions drop column "createdAt"')

    shown = handover(environment, "db", "adopt", "--merge-duplicates", "--dry-run")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"keep {assigned} (assigned), resolve {other}" in shown.stdout
    done = handover(environment, "db", "adopt", "--merge-duplicates", "--yes")
    assert (
        done.returncode,
        await inbox.fetchval("select count(*) from inbox_sessions where status = 'assigned'"),
    ) == (
        0,
        1,
    )
