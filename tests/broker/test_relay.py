"""What is offered to the relay is published, and then gone from the outbox."""

import asyncio
from typing import Any

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from processes import IN_TIME, Subscriber
from structlog.testing import capture_logs

from worker.database import Database
from worker.relay import Relay
from worker.sweeper import sweep
from worker.topology import Topology
from worker.tracing import Untraced
from worker.window import publish


async def test_a_window_that_a_client_cancels_is_published_again(
    connection: asyncpg.Connection,
    database: str,
    amqp_url: str,
    subscriber: Subscriber,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost_once(*args: Any, **kwargs: Any) -> None:
        monkeypatch.undo()
        await publish(*args, **kwargs)
        raise asyncio.CancelledError

    monkeypatch.setattr("worker.relay.publish", lost_once)
    await given_agents(connection)
    outcome = await handed_over(connection, a_handover())
    own = Database(database, "test")
    relay = Relay(amqp_url, "test", Topology(), own, Untraced())
    relay.offer(outcome.announcements)

    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(IN_TIME):
        await relay.drained()
    running.cancel()
    await asyncio.wait([running])
    own.discard()

    first, again = subscriber.events
    assert first == again
    assert await connection.fetchval("select count(*) from handover.outbox") == 0


async def test_an_event_that_is_offered_twice_is_published_once(
    connection: asyncpg.Connection, database: str, amqp_url: str, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    outcome = await handed_over(connection, a_handover())
    own = Database(database, "test")
    relay = Relay(amqp_url, "test", Topology(), own, Untraced())
    relay.offer(outcome.announcements)
    relay.offer(outcome.announcements)

    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(IN_TIME):
        await relay.drained()
    ended = running.done()
    running.cancel()
    await asyncio.wait([running])
    own.discard()

    assert not ended
    assert len(subscriber.events) == 1


async def test_what_a_relay_cannot_hold_waits_in_the_outbox_and_is_told_of(
    connection: asyncpg.Connection,
    database: str,
    amqp_url: str,
    subscriber: Subscriber,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.relay.BACKLOG", 1)
    await given_agents(connection)
    outcome = await handed_over(connection, a_handover("1"), a_handover("2"), a_handover("3"))
    own = Database(database, "test")
    relay = Relay(amqp_url, "test", Topology(), own, Untraced())
    with capture_logs() as logs:
        relay.offer(outcome.announcements)

    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(IN_TIME):
        await relay.drained()
    running.cancel()
    await asyncio.wait([running])
    own.discard()

    assert logs == [{"event": "left_to_sweep", "log_level": "warning", "count": 2}]
    assert [event.event_id for event in subscriber.events] == [outcome.announcements[0].id]
    assert await connection.fetchval("select count(*) from handover.outbox") == 2


async def test_a_relay_that_is_half_full_has_room_again_when_its_events_are_confirmed(
    connection: asyncpg.Connection, database: str, amqp_url: str, *, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.relay.BACKLOG", 4)
    monkeypatch.setattr("worker.relay.ROOM_SECONDS", 10 * IN_TIME)
    await given_agents(connection)
    outcome = await handed_over(connection, *(a_handover(f"{n}") for n in range(3)))
    own = Database(database, "test")
    relay = Relay(amqp_url, "test", Topology(), own, Untraced())
    await relay.room()
    relay.offer(outcome.announcements)
    waiting = asyncio.ensure_future(relay.room())
    await asyncio.sleep(0)
    waited = not waiting.done()

    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(IN_TIME):
        await relay.drained()
        await waiting
    running.cancel()
    await asyncio.wait([running])
    own.discard()

    assert waited


async def test_the_sweep_goes_on_while_the_relay_is_never_empty(
    connection: asyncpg.Connection,
    database: str,
    amqp_url: str,
    subscriber: Subscriber,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.sweeper.LIMIT", 2)
    monkeypatch.setattr("worker.relay.REST_SECONDS", 10 * IN_TIME)
    await given_agents(connection)
    await handed_over(connection, *(a_handover(f"{n}") for n in range(5)))
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")
    own, sweeps = Database(database, "test"), Database(database, "test")
    relay = Relay(amqp_url, "test", Topology(), own, Untraced())
    tasks = [
        asyncio.ensure_future(relay.run()),
        asyncio.ensure_future(sweep(relay, sweeps, every_seconds=10 * IN_TIME, lease_seconds=60)),
    ]

    await subscriber.until(5)

    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    own.discard()
    sweeps.discard()
