"""`handover migrate`, and what commands say of a database they cannot use."""

import re
from urllib.parse import urlsplit

import asyncpg
from commands import handover
from conftest import CreateDatabase

from worker.migrations import HEAD


def test_an_empty_database_is_migrated_once(
    create_database: CreateDatabase, environment: dict[str, str]
) -> None:
    url = create_database("cli_migrate")
    before = handover(environment, "migrate", "--check", DATABASE_URL=url)
    assert (before.returncode, before.stdout) == (1, "")
    assert (
        f"has no tables of this program, revision {HEAD} is needed: run `handover migrate`" in before.stderr
    )
    refused = handover(environment, "agents", "list", DATABASE_URL=url)
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", before.stderr)

    first, second = (
        handover(environment, "migrate", DATABASE_URL=url),
        handover(environment, "migrate", DATABASE_URL=url),
    )
    assert (first.returncode, first.stderr) == (0, f"migrated: nothing -> {HEAD}\n")
    assert (second.returncode, second.stderr) == (0, f"the database was at revision {HEAD} already\n")
    assert handover(environment, "migrate", "--check", DATABASE_URL=url).returncode == 0


def test_a_database_that_is_away_is_named_without_its_password(environment: dict[str, str]) -> None:
    for words in (("agents", "list"), ("migrate",), ("migrate", "--check")):
        result = handover(environment, *words, DATABASE_URL="postgresql://someone:hush@127.0.0.1:1/nothing")
        assert (result.returncode, result.stdout) == (5, "")
        assert result.stderr.startswith("handover: PostgreSQL at 127.0.0.1:1/nothing is not reachable: ")
        assert result.stderr.count("\n") == 1
        assert "hush" not in result.stderr


def test_a_database_that_refuses_us_is_no_outage(database: str, environment: dict[str, str]) -> None:
    nowhere = urlsplit(database)._replace(path="/no_such_database").geturl()
    result = handover(environment, "teams", "list", DATABASE_URL=nowhere)
    assert (result.returncode, result.stdout) == (1, "")
    assert 'refuses: database "no_such_database" does not exist; see DATABASE_URL' in result.stderr


async def test_a_database_that_will_not_run_what_is_asked_is_no_outage(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await connection.execute("alter table handover.agents rename skills to abilities")
    result = handover(environment, "agents", "list")
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(
        r"handover: PostgreSQL at \S+ says: column .*skills.* does not exist\n", result.stderr
    )
