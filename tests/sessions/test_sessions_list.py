"""`handover sessions list`: the table's rows under the table's names, found as people write a contact."""

import json
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest
from builders import SPELLINGS, TENANT, given_agents, given_session
from commands import handover, rows
from sessions_command import as_the_schema_says


async def test_a_row_is_printed_under_the_names_of_the_columns(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "assigned", agent=agent)
    await connection.execute(
        """update inbox_sessions set context = '{"intent": "refund"}', "contactName" = 'Ann'"""
    )

    result = handover(environment, "sessions", "list", "--tenant", TENANT, "--json")

    [shown] = rows(result)
    [record] = await connection.fetch("select * from inbox_sessions")
    row = dict(record)
    assert as_the_schema_says(result.stdout.strip(), "list").keys() == row.keys()
    assert shown == {name: in_json(value) for name, value in row.items()}


@pytest.mark.parametrize("written", SPELLINGS)
async def test_a_contact_is_found_as_people_write_it(
    connection: asyncpg.Connection, environment: dict[str, str], written: str
) -> None:
    session = await given_session(connection, "unassigned")
    await given_session(connection, "unassigned", contact_id="238")

    found = rows(
        handover(environment, "sessions", "list", "--tenant", TENANT, "--contact", written, "--json")
    )

    assert [row["id"] for row in found] == [str(session)]


async def test_what_is_no_number_is_found_as_it_is(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    session = await given_session(connection, "unassigned", contact_id="user-1")
    await given_session(connection, "unassigned", contact_id="1")

    found = rows(
        handover(environment, "sessions", "list", "--tenant", TENANT, "--contact", " user-1 ", "--json")
    )

    assert [row["id"] for row in found] == [str(session)]


async def test_filters_narrow_and_the_newest_come_first(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    one, other = await given_agents(connection, 2)
    old = await given_session(connection, "resolved", agent=one)
    await connection.execute("""update inbox_sessions set "createdAt" = now() - interval '3 days'""")
    mine = await given_session(connection, "assigned", agent=one)
    theirs = await given_session(connection, "assigned", agent=other, contact_id="2")
    free = await given_session(connection, "unassigned", contact_id="3")
    await given_session(connection, "unassigned", tenant="globex")

    def ids(*words: object) -> list[str]:
        found = rows(handover(environment, "sessions", "list", "--tenant", TENANT, "--json", *words))
        return [row["id"] for row in found]

    assert ids() == [*map(str, (free, theirs, mine, old))]
    assert ids("--status", "resolved") == [str(old)]
    assert ids("--status", "unassigned") == [str(free)]
    assert ids("--status", "assigned") == [str(theirs), str(mine)]
    assert ids("--agent", one) == [str(mine), str(old)]
    assert ids("--since", "2d", "--agent", one) == [str(mine)]
    assert ids("--since", "2020-01-01") == [*map(str, (free, theirs, mine, old))]
    assert ids("--since", "2999-01-01T00:00:00Z") == []


async def test_there_being_more_is_said(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    for number in range(3):
        await given_session(connection, "unassigned", contact_id=str(number))

    result = handover(environment, "sessions", "list", "--tenant", TENANT, "--limit", 2, "--json")

    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 2
    assert result.stderr == "there are more than 2: see --limit, --since and --status\n"


async def test_a_name_cannot_steer_the_terminal(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_session(connection, "unassigned")
    await connection.execute("""update inbox_sessions set "contactName" = '[red]Eve' || chr(27) || '[2J'""")

    table = handover(environment, "sessions", "list", "--tenant", TENANT).stdout

    assert "[red]Eve\ufffd[2J" in table
    assert "\x1b" not in table


def test_a_time_that_is_none_is_wrong_usage(environment: dict[str, str]) -> None:
    result = handover(environment, "sessions", "list", "--tenant", TENANT, "--since", "yesterday")
    assert result.returncode == 2
    assert "is neither a time such as" in " ".join(result.stderr.split())


def in_json(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return value
