"""The worker's part: what a letter is, how its attempts are counted, and what a replay's messages may claim."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import a_handover, given_agents
from letterbox import failure, given_letter, given_replay, states, the_letter, under
from locks import until_blocked
from processes import IN_TIME, Bot, StartWorkers

from worker.dead_letters import record
from worker.letters.ledger import Ledger
from worker.settling import bites


async def outcomes(connection: asyncpg.Connection, replay: UUID) -> list[str]:
    rows = await connection.fetch(
        "select outcome from handover.replay_letters where replay_id = $1 order by position", replay
    )
    return [row["outcome"] for row in rows]


async def test_each_delivery_that_ends_as_the_letter_is_an_attempt_whatever_was_tried_in_between(
    connection: asyncpg.Connection,
) -> None:
    stubborn = failure()
    stubborn.delivery.attempts = 3
    await record(connection, [stubborn])
    await record(connection, [failure(), failure()])

    [row] = await connection.fetch("select attempts, state from handover.dead_letters")
    assert tuple(row) == (3, "open")


async def test_letters_of_one_batch_keep_the_order_they_came_in(connection: asyncpg.Connection) -> None:
    bodies = [b"%d" % n for n in range(50)]
    await record(connection, [failure(body) for body in bodies])

    rows = await connection.fetch("select body from handover.dead_letters order by first_at, seq")
    assert [row["body"] for row in rows] == bodies


async def test_a_letter_knows_whose_it_is_although_it_is_refused(connection: asyncpg.Connection) -> None:
    await record(connection, [failure(b'{"tenantId": "acme", "contactId": "+254 7", "priority": "x"}')])

    [row] = await connection.fetch("select tenant_id, contact_id, event_id from handover.dead_letters")
    assert tuple(row) == ("acme", "2547", "m")


async def test_a_letter_that_fails_again_is_open_with_one_more_attempt_and_its_replay_knows(
    connection: asyncpg.Connection,
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter)

    await record(connection, [failure(error="still broken", **under(replay, letter))])

    row = await the_letter(connection, letter)
    assert (row["state"], row["attempts"], row["error"]) == ("open", 2, "still broken")
    assert await outcomes(connection, replay) == ["failed"]


async def test_a_letter_that_failed_before_it_is_written_that_it_was_sent_has_failed(
    connection: asyncpg.Connection,
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter, outcome="sending")
    ledger = Ledger(connection, replay)
    await record(connection, [failure(**under(replay, letter))])

    await ledger.sent([1])
    await ledger.unsent([1])

    assert await outcomes(connection, replay) == ["failed"]


async def test_what_is_being_sent_is_not_taken_again(connection: asyncpg.Connection) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    ledger = Ledger(connection, await given_replay(connection, letter, outcome="planned"))

    assert [parcel.body for parcel in await ledger.take([1])] == [b"{"]
    assert await ledger.take([1]) == []


@pytest.mark.parametrize("together", [True, False])
async def test_a_second_copy_of_the_same_replay_is_the_same_attempt(
    connection: asyncpg.Connection, *, together: bool
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter)
    first, second = (failure(**under(replay, letter)) for _ in range(2))

    for batch in [[first, second]] if together else [[first], [second]]:
        await record(connection, batch)

    assert (await the_letter(connection, letter))["attempts"] == 2


async def test_a_late_copy_changes_nothing_of_a_letter_that_another_replay_holds(
    connection: asyncpg.Connection,
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    first = await given_replay(connection, letter)
    await record(connection, [failure(**under(first, letter))])
    await given_replay(connection, letter)

    await record(connection, [failure(error="late", **under(first, letter))])

    row = await the_letter(connection, letter)
    assert (row["state"], row["attempts"], row["error"]) == ("replaying", 2, "broken")


async def test_a_late_copy_of_a_letter_that_is_purged_is_a_letter_again(
    connection: asyncpg.Connection,
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter, outcome="failed")
    await connection.execute("delete from handover.dead_letters")

    await record(connection, [failure(**under(replay, letter))])

    assert await states(connection) == {letter: "open"}


async def test_a_message_without_an_id_is_known_by_its_claim(connection: asyncpg.Connection) -> None:
    """The client makes up an id for what has none, another each time it is sent."""
    letter = await given_letter(connection, body=b"{")
    replay = await given_replay(connection, letter)

    await record(connection, [failure(message_id=name, **under(replay, letter)) for name in ("made", "up")])

    assert await states(connection) == {letter: "open"}
    assert (await the_letter(connection, letter))["attempts"] == 2


async def test_a_false_claim_makes_a_letter_of_its_own(connection: asyncpg.Connection) -> None:
    victim = await given_letter(connection)
    replay = await given_replay(connection)

    await record(connection, [failure(**under(replay, victim)), failure(b"[", **under(uuid4(), victim))])

    assert (await the_letter(connection, victim))["attempts"] == 1
    assert len(await states(connection)) == 3


async def test_a_senders_own_retry_does_not_take_a_letter_from_its_replay(
    connection: asyncpg.Connection,
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter)

    await record(connection, [failure()])

    row = await the_letter(connection, letter)
    assert (row["state"], row["attempts"]) == ("replaying", 2)
    assert await outcomes(connection, replay) == ["sent"]


@pytest.mark.parametrize(
    ("before", "after"), [("discarded", "discarded"), ("replayed", "open"), ("superseded", "open")]
)
async def test_what_fails_once_more_is_open_again_unless_somebody_discarded_it(
    connection: asyncpg.Connection, before: str, after: str
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"}, state=before)

    await record(connection, [failure()])

    assert await states(connection) == {letter: after}


async def test_a_letter_and_what_its_replay_says_of_it_change_together(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    replay = await given_replay(connection, letter)
    async with connection.transaction():
        await connection.execute("select from handover.dead_letters for update")
        recording = asyncio.create_task(record(rival, [failure(**under(replay, letter))]))
        await until_blocked(observer, rival)
        assert await outcomes(observer, replay) == ["sent"]
    await recording

    assert await outcomes(observer, replay) == ["failed"]


async def test_batches_that_meet_in_opposite_order_do_not_deadlock(
    connection: asyncpg.Connection, rival: asyncpg.Connection
) -> None:
    batch = [failure(b"%d" % n) for n in range(100)]
    for _ in range(20):
        await asyncio.gather(record(connection, batch), record(rival, batch[::-1]))

    attempts = await connection.fetch("select distinct attempts from handover.dead_letters")
    assert [row["attempts"] for row in attempts] == [40]


def test_letters_are_written_so_many_at_once_as_a_transaction_can_carry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.settling.BITE_BYTES", 10)
    sizes = [4, 4, 4, 30, 1, 9, 1]

    found = [
        [len(each.delivery.body) for each in bite] for bite in bites(failure(b"x" * size) for size in sizes)
    ]

    assert found == [[4, 4], [4], [30], [1, 9], [1]]


async def test_a_letter_somebody_holds_is_written_later_and_no_worker_dies_of_it(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot
) -> None:
    await given_agents(connection)
    letter = await given_letter(connection, body=b"{", properties={"message_id": "m"})
    [worker] = await start_workers()
    async with connection.transaction():
        await connection.execute("select from handover.dead_letters for update")
        await bot.publish(b"{", message_id="m")
        await worker.logged("letters_put_off")
        await bot.hand_over(a_handover(event_id="e"))
        await worker.logged("handed_over", event_id="e")
    async with asyncio.timeout(IN_TIME):
        while (await the_letter(connection, letter))["attempts"] < 2:
            await asyncio.sleep(0.02)

    assert worker.process.returncode is None
