"""The database's shape, and getting there."""

import asyncio

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from worker.adoption import NotAdopted
from worker.database import connect
from worker.errors import NotMigrated
from worker.migrations import HEAD, current, migrate, require_current


def test_the_program_needs_the_newest_revision_there_is() -> None:
    config = Config()
    config.set_main_option("script_location", "worker:migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_two_migrating_at_once_is_safe_and_a_third_time_changes_nothing(
    create_database: object,
) -> None:
    assert callable(create_database)
    url = create_database("twice")

    outcomes = await asyncio.gather(migrate(url), migrate(url), migrate(url))

    assert sorted(outcomes, key=str) == [(HEAD, HEAD), (HEAD, HEAD), (None, HEAD)]
    assert await migrate(url) == (HEAD, HEAD)


async def test_a_database_that_was_never_migrated_is_named(create_database: object) -> None:
    assert callable(create_database)
    connection = await connect(create_database("bare2"))
    with pytest.raises(NotMigrated, match="has no tables of this program, revision"):
        await require_current(connection)
    await connection.close()


async def test_a_foreign_inbox_is_refused_untouched(create_database: object) -> None:
    assert callable(create_database)
    url = create_database("foreign")
    connection = await connect(url)
    await connection.execute("create table inbox_sessions (id int); insert into inbox_sessions values (7)")

    with pytest.raises(NotAdopted, match=r"inbox_sessions already exists.*run `handover db adopt`"):
        await migrate(url)

    assert await connection.fetchval("select id from inbox_sessions") == 7
    assert await current(connection) is None
    await connection.close()


async def test_the_database_knows_the_statements_of_the_runbook(connection: asyncpg.Connection) -> None:
    columns = await connection.fetch(
        "select column_name from information_schema.columns where table_name = 'inbox_sessions'"
    )
    assert {"tenantId", "contactId", "assignedAgentId", "assignedAt", "acceptedAt", "lastMessageAt"} <= {
        row["column_name"] for row in columns
    }
