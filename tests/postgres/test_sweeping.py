"""The outbox belongs to one publisher at a time."""

import asyncpg
from builders import a_handover, given_agents, handed_over

from worker.sweeper import take_due


async def given_due_events(connection: asyncpg.Connection, count: int) -> None:
    await given_agents(connection)
    await handed_over(connection, *(a_handover(str(n)) for n in range(count)))
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")


async def test_two_sweepers_at_once_share_without_waiting_or_doubling(
    connection: asyncpg.Connection, rival: asyncpg.Connection
) -> None:
    await given_due_events(connection, 3)
    async with connection.transaction():
        first = await take_due(connection, lease_seconds=10, held=[])
        second = await take_due(rival, lease_seconds=10, held=[])

    assert (len(first), len(second)) == (3, 0)


async def test_a_lease_keeps_others_away_until_it_ends(connection: asyncpg.Connection) -> None:
    await given_due_events(connection, 1)
    first = await take_due(connection, lease_seconds=10, held=[])
    second = await take_due(connection, lease_seconds=10, held=[])

    assert (len(first), len(second)) == (1, 0)


async def test_what_this_process_is_publishing_is_not_taken_again(connection: asyncpg.Connection) -> None:
    """Twice in flight under one message id on one channel, a return cannot be told from a confirm."""
    await given_due_events(connection, 2)
    [held] = await connection.fetch("select id from handover.outbox limit 1")

    taken = await take_due(connection, lease_seconds=10, held=[held["id"]])

    assert len(taken) == 1
    assert taken[0].id != held["id"]


async def test_an_event_swept_is_byte_for_byte_what_was_committed(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    outcome = await handed_over(connection, a_handover("1"), a_handover("1"))
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")

    assert await take_due(connection, lease_seconds=10, held=[]) == list(outcome.announcements)
