"""Every lock of letters, each with the harm that comes without it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover
from letterbox import at, failure, given_letter, given_replay, order, states, the_letter, under
from locks import until_blocked

from worker import sql
from worker.dead_letters import record
from worker.letters.ledger import Ledger
from worker.letters.setting_aside import DISCARD, move, purge

Act = Callable[[asyncpg.Connection, UUID, Sequence[UUID]], Coroutine[Any, Any, None]]


async def hold(connection: asyncpg.Connection, replay: UUID, letters: Sequence[UUID]) -> None:
    await connection.execute(sql.hold_letters, replay, letters)


async def discard(connection: asyncpg.Connection, _: UUID, letters: Sequence[UUID]) -> None:
    await move(connection, order(), letters, DISCARD)


async def purge_discarded(connection: asyncpg.Connection, _: UUID, letters: Sequence[UUID]) -> None:
    await purge(connection, order(), letters, ["discarded"], datetime(2999, 1, 1, tzinfo=UTC))


async def settle(connection: asyncpg.Connection, replay: UUID, letters: Sequence[UUID]) -> None:
    await Ledger(connection, replay).settle(range(1, len(letters) + 1))


async def release(connection: asyncpg.Connection, replay: UUID, _: Sequence[UUID]) -> None:
    await Ledger(connection, replay).release()


async def give_up(connection: asyncpg.Connection, replay: UUID, _: Sequence[UUID]) -> None:
    await Ledger(connection, replay).give_up()


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


async def test_what_replays_say_of_letters_is_locked_in_order_of_the_plan(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    """A batch that waits for one row holds none that comes after it: else this is a deadlock."""
    one, other = sorted([await given_letter(connection, a_handover(n)) for n in "12"])
    replay = await given_replay(connection, other, one)
    touch = "update handover.replay_letters set detail = 'd' where replay_id = $1 and position = $2"
    await connection.execute(touch, replay, 1)  # and so it lies behind the second
    await connection.execute("analyze handover.replay_letters")
    async with connection.transaction():
        await connection.execute(touch, replay, 1)
        recording = asyncio.create_task(
            record(rival, [failure(**under(replay, each)) for each in (one, other)])
        )
        await until_blocked(observer, rival)
        await connection.execute(touch, replay, 2)
    await recording

    assert await states(connection) == {one: "open", other: "open"}


async def test_letters_that_are_there_no_more_are_written_again_in_order_of_their_ids(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    second, first = sorted([await given_letter(connection, a_handover(n)) for n in "12"], reverse=True)
    ours, theirs = [await given_replay(connection, second, first, outcome="failed") for _ in range(2)]
    await connection.execute("delete from handover.dead_letters")
    async with connection.transaction():
        await record(connection, [failure(**under(ours, first))])
        recording = asyncio.create_task(
            record(rival, [failure(**under(theirs, letter)) for letter in (second, first)])
        )
        await until_blocked(observer, rival)
        await record(connection, [failure(**under(ours, second))])
    await recording

    assert await states(connection) == {first: "open", second: "open"}


@pytest.mark.parametrize(
    ("state", "outcome", "act"),
    [
        ("open", "failed", hold),
        ("open", "failed", discard),
        ("discarded", "failed", purge_discarded),
        ("replaying", "replayed", settle),
        ("replaying", "planned", release),
        ("replaying", "sent", give_up),
    ],
)
async def test_letters_are_locked_in_order_of_their_ids(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    *,
    state: str,
    outcome: str,
    act: Act,
) -> None:
    """What PostgreSQL knows to be small it reads as it lies, and here the second lies before the first."""
    second, first = sorted([await given_letter(connection, a_handover(n)) for n in "12"], reverse=True)
    replay = await given_replay(connection, second, first, outcome=outcome)
    for written in (second, first):
        await connection.execute("update handover.dead_letters set state = $2 where id = $1", written, state)
    await connection.execute("analyze handover.dead_letters, handover.replay_letters")
    lock = "select from handover.dead_letters where id = $1 for update nowait"
    async with connection.transaction():
        await connection.execute(lock, first)
        waiting = asyncio.create_task(act(rival, replay, [second, first]))
        await until_blocked(observer, rival)
        await connection.execute(lock, second)
    await waiting

    assert state not in (await states(connection)).values()


@pytest.mark.parametrize(("outcome", "act"), [("replayed", settle), ("planned", release), ("sent", give_up)])
async def test_a_letter_somebody_sets_aside_by_sql_while_its_replay_lets_go_of_it_stays_so(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    *,
    outcome: str,
    act: Act,
) -> None:
    letter = await given_letter(connection)
    replay = await given_replay(connection, letter, outcome=outcome)
    async with connection.transaction():
        await connection.execute("update handover.dead_letters set state = 'discarded'")
        waiting = asyncio.create_task(act(rival, replay, [letter]))
        await until_blocked(observer, rival)
    await waiting

    assert await states(connection) == {letter: "discarded"}
