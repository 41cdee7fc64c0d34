"""`handover sessions delete`: messages and whatever else refers to the sessions, found from the catalogue."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, handed_over, sessions
from commands import Result
from sessions_command import sessions_command, told

from schemas import decode_session_event

Rules = dict[str, dict[str, Any]]


def deleted(environment: dict[str, str], *words: object) -> Result:
    return sessions_command(environment, "delete", "--yes", "--as", "joy", "--json", *words)


def references(result: Result) -> Rules:
    return {each["table"]: each for each in told(result, "delete")["references"]}


async def given_message(connection: asyncpg.Connection, session: UUID) -> None:
    await connection.execute(
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction) values ($1, $2, $3, $4)',
        session,
        "acme",
        "254745050238",
        "inbound",
    )


async def given_table(connection: asyncpg.Connection, name: str, rule: str, *sessions: UUID) -> None:
    await connection.execute(
        f'create table {name} (id int generated always as identity primary key, "sessionId" uuid'
        f" references inbox_sessions (id) {rule})"
    )
    await connection.executemany(
        f'insert into {name} ("sessionId") values ($1)',  # noqa: S608 - of a test
        [(session,) for session in sessions],
    )


async def count(connection: asyncpg.Connection, table: str) -> int:
    found: int = await connection.fetchval(f"select count(*) from {table}")  # noqa: S608 - of a test
    return found


async def test_sessions_open_and_resolved_go_with_their_messages(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    old = await given_session(connection, "resolved", agent=agent)
    await handed_over(connection, a_handover(), a_handover("7"))
    for row in await connection.fetch("select id from inbox_sessions"):
        await given_message(connection, row["id"])
    await connection.execute("delete from handover.outbox")

    result = deleted(environment)

    assert [row["contactId"] for row in await connection.fetch("select * from inbox_sessions")] == ["7"]
    assert await count(connection, "inbox_messages") == 1
    report = told(result, "delete")
    assert report["done"]
    assert references(result)["inbox_messages"]["rows"] == 2
    events = [
        decode_session_event(row["body"])
        for row in await connection.fetch("select body from handover.outbox")
    ]
    assert {(event.session_id == old, event.type, event.status) for event in events} == {
        (True, "session.deleted.v1", "deleted"),
        (False, "session.deleted.v1", "deleted"),
    }
    assert {
        event.session_id == old: (event.session_version, event.previous_agent_id) for event in events
    } == {
        True: (1, None),
        False: (2, agent),
    }
    audited = await connection.fetch("select actor from handover.assignments where what = 'deleted'")
    assert [row["actor"] for row in audited] == ["joy", "joy"]


async def test_one_session_alone(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    old = await given_session(connection, "resolved")
    kept = await given_session(connection, "unassigned")
    foreign = await given_session(connection, "unassigned", contact_id="other")

    assert deleted(environment, "--session", foreign).returncode == 3
    assert deleted(environment, "--session", old).returncode == 0

    assert [row["id"] for row in await sessions(connection)] == [kept]
    assert len(await sessions(connection, "other")) == 1


@pytest.mark.parametrize("rule", ["", "on delete restrict"])
async def test_a_third_table_forbids_it_unless_told_to_cascade(
    connection: asyncpg.Connection, environment: dict[str, str], rule: str
) -> None:
    session = await given_session(connection, "resolved")
    await given_message(connection, session)
    await given_table(connection, "resolutions", rule, session)
    name = "no action" if rule == "" else "restrict"

    for words in ((), ("--dry-run",)):
        refused = deleted(environment, *words)
        assert refused.returncode == 2
        assert refused.stderr.splitlines()[-1] == (
            "handover: nothing was deleted: 1 rows of resolutions (constraint resolutions_sessionId_fkey, on delete"
            f" {name}) refer to what would be; --cascade deletes those too"
        )
        assert not told(refused, "delete")["done"]
        assert references(refused)["resolutions"]["forbids"]
    assert (await count(connection, "inbox_messages"), len(await sessions(connection))) == (1, 1)

    cascaded = deleted(environment, "--cascade")

    assert cascaded.returncode == 0
    assert (
        f"deletes 1 rows of resolutions (constraint resolutions_sessionId_fkey, on delete {name})"
        in cascaded.stderr
    )
    assert (await count(connection, "resolutions"), len(await sessions(connection))) == (0, 0)


async def test_rows_that_cascade_or_are_set_null_are_listed(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    session = await given_session(connection, "resolved")
    await given_table(connection, '"Odd; name"', "on delete cascade", session, session)
    await given_table(connection, "notes", "on delete set null", session)
    await given_table(connection, "empty_one", "")

    dry = deleted(environment, "--dry-run")
    result = deleted(environment)

    assert dry.stderr.splitlines()[1:] == [
        'deletes 2 rows of "Odd; name" (constraint Odd; name_sessionId_fkey, on delete cascade)',
        "keeps 1 rows of notes, which lose what they refer to (constraint notes_sessionId_fkey, on delete set null)",
    ]
    assert (result.returncode, references(result)) == (0, references(dry))
    assert await count(connection, '"Odd; name"') == 0
    assert [row["sessionId"] for row in await connection.fetch("select * from notes")] == [None]


async def test_what_refers_to_what_goes_is_found_too(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    session = await given_session(connection, "resolved")
    kept = await given_session(connection, "resolved", contact_id="other")
    await given_message(connection, session)
    await given_message(connection, kept)
    await connection.execute("create schema files")
    await connection.execute(
        "create table files.attachments (message uuid not null references inbox_messages (id), at timestamptz)"
    )
    await connection.execute("insert into files.attachments select id, now() from inbox_messages")

    refused, cascaded = deleted(environment), deleted(environment, "--cascade")

    assert "1 rows of files.attachments (constraint attachments_message_fkey" in refused.stderr
    assert (refused.returncode, cascaded.returncode) == (2, 0)
    assert await count(connection, "files.attachments") == 1
    assert [row["sessionId"] for row in await connection.fetch("select * from inbox_messages")] == [kept]


async def test_rows_that_are_reached_by_two_ways_go_before_what_they_refer_to(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    """A row may refer to a session itself and to another row that does; messages answer each other."""
    session = await given_session(connection, "resolved")
    await given_message(connection, session)
    await connection.execute(
        """
        create table calls (id int primary key, session uuid not null references inbox_sessions (id));
        create table call_legs (call int not null references calls (id),
                                session uuid not null references inbox_sessions (id) on delete cascade);
        insert into calls select 1, id from inbox_sessions;
        insert into call_legs select 1, id from inbox_sessions;
        alter table inbox_messages add answers uuid references inbox_messages (id);
        update inbox_messages set answers = id;
        """
    )

    result = deleted(environment, "--cascade")

    assert result.returncode == 0
    assert [await count(connection, name) for name in ("calls", "call_legs", "inbox_messages")] == [0, 0, 0]


async def test_messages_go_also_where_no_foreign_key_says_whose_they_are(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    session = await given_session(connection, "resolved")
    await given_message(connection, session)
    await connection.execute('alter table inbox_messages drop constraint "inbox_messages_sessionId_fkey"')

    result = deleted(environment)

    assert references(result)["inbox_messages"]["constraint"] is None
    assert await count(connection, "inbox_messages") == 0


async def test_sessions_of_other_contacts_never_go(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    session = await given_session(connection, "resolved")
    await connection.execute(
        "alter table inbox_sessions add merged uuid references inbox_sessions on delete cascade"
    )
    other = await given_session(connection, "resolved", contact_id="other")
    await connection.execute("update inbox_sessions set merged = $1 where id = $2", session, other)

    result = deleted(environment, "--cascade")

    assert result.returncode == 2
    assert references(result)["inbox_sessions"]["forbids"]
    assert await count(connection, "inbox_sessions") == 2


async def test_tables_that_refer_to_each_other_in_a_circle_are_named(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_session(connection, "resolved")
    await connection.execute(
        """
        create table a (id int primary key, session uuid references inbox_sessions (id));
        create table b (id int primary key, a int references a (id));
        alter table a add b int references b (id);
        insert into a select 1, id from inbox_sessions;
        insert into b values (1, 1);
        update a set b = 1;
        """
    )

    result = deleted(environment, "--cascade")

    assert (result.returncode, result.stderr) == (
        2,
        "handover: a and b refer to each other, nothing was done: delete their rows first\n",
    )


async def test_who_is_not_there_cannot_be_deleted(environment: dict[str, str]) -> None:
    result = deleted(environment)
    assert (result.returncode, result.stdout) == (3, "")
    assert "has no session: see `handover sessions list`" in result.stderr
