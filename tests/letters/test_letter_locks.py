"""Every lock of letters, each with the harm that comes without it."""

import asyncio

import asyncpg
from letterbox import at, failure, given_letter, given_replay, order, states, the_letter, under
from locks import until_blocked

from worker.dead_letters import record
from worker.letters.setting_aside import purge


async def test_a_letter_that_fails_again_while_a_purge_waits_is_not_purged(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    letter = await given_letter(
        connection, body=b"{", properties={"message_id": "m"}, state="replayed", at=at(9)
    )
    async with connection.transaction():
        await record(connection, [failure()])
        purging = asyncio.create_task(purge(rival, order(), [letter], ["replayed"], at(10)))
        await until_blocked(observer, rival)

    assert await purging == 0
    assert await states(connection) == {letter: "open"}


async def test_a_second_copy_that_fails_while_the_first_is_recorded_is_the_same_attempt(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    copy = failure(**under(await given_replay(connection, letter), letter))
    async with connection.transaction():
        await record(connection, [copy])
        second = asyncio.create_task(record(rival, [copy]))
        await until_blocked(observer, rival)
    await second

    assert (await the_letter(connection, letter))["attempts"] == 2
