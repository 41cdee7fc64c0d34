"""README.md's way from an inbox of TypeORM's to the first assignment is gone, step by step."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import readme
from builders import a_handover
from conftest import CreateDatabase
from processes import HANDOVER, IN_TIME, Bot, Subscriber
from terminal import Shell, interrupted
from test_readme import ENDLESS, answers_as_shown
from typeorm import AMINA, given_open, made

from worker.cli.failures import Code

INSTALL = "pip install handover-worker"
"""Not run: it installs what is being tested."""


@pytest.fixture
def database(create_database: CreateDatabase) -> str:
    """In place of a migrated one: nothing of ours is in it."""
    return create_database(secrets.token_hex(4))


@pytest.fixture
async def inbox(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await made(database)
    await given_open(connection, "assigned")
    await given_open(connection, "unassigned")
    yield connection
    await connection.close()


async def test_a_newcomer_with_an_inbox_gets_to_the_first_assignment(
    inbox: asyncpg.Connection,
    environment: dict[str, str],
    tmp_path: Path,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    shell = Shell({**environment, "PATH": f"{HANDOVER.parent}:{os.environ['PATH']}"}, tmp_path)
    ids: dict[str, str] = {}
    worker = None
    try:
        for step in readme.section(readme.ADOPTING):
            if isinstance(step, str):
                await inbox.execute(step)
            elif step.command in ENDLESS:
                worker = await shell.begin(step.command, ENDLESS[step.command])
            elif step.command != INSTALL:
                is_check = step.command == "handover db check"
                await answers_as_shown(shell, step, ids, expected=Code.FAILED if is_check else Code.DONE)

        [first] = await subscriber.until(1)
        assert (first.what, first.agent_id) == ("assigned", AMINA)
        await _what_the_page_says_of_views(inbox, bot, subscriber)
    finally:
        assert worker is not None
        code = await interrupted(worker)
    assert code == 0


async def _what_the_page_says_of_views(inbox: asyncpg.Connection, bot: Bot, subscriber: Subscriber) -> None:
    """Presence events reach the application's table; a change of that table is seen, sooner or later."""
    status = 'select status::text from agent_profiles where "userId" = $1'
    body = f'{{"tenantId": "acme", "agentId": "{AMINA}", "status": "offline"}}'
    await bot.publish(body.encode(), routing_key="agent.status_changed")
    async with asyncio.timeout(IN_TIME):
        while await inbox.fetchval(status, AMINA) != "offline":
            await asyncio.sleep(0.05)

    await bot.hand_over(a_handover("1"))
    assert (await subscriber.until(2))[1].reason == "none_online"
    await inbox.execute("update agent_profiles set status = 'online'")
    assert (await subscriber.until(3))[2].agent_id == AMINA
    await inbox.execute('update agent_profiles set "maxConcurrentChats" = 2')
    await bot.hand_over(a_handover("2"))
    assert (await subscriber.until(4))[3].reason == "all_at_capacity"
