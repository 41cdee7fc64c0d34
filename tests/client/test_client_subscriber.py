"""The subscriber services may use: each version once, in order, whatever fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity
from asyncpg import CannotConnectNowError
from processes import IN_TIME, Bot

from handover_client import InMemory, Subscriber
from schemas import CONTENT_TYPE, SessionEvent, encode_session_event
from worker.topology import Topology

QUEUE = "test-notifications"
ASIDE = f"{QUEUE}.dead-letters"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Failing = Callable[[SessionEvent], Exception | None]


def event(version: int, session: int = 1) -> SessionEvent:
    return SessionEvent(
        what="waiting",
        time=NOON,
        session_id=UUID(int=session),
        session_version=version,
        tenant_id="acme",
        contact_id="254745050238",
        contact_name=None,
        channel="whatsapp",
        status="unassigned",
        team_id=None,
        agent_id=None,
        agent_name=None,
        previous_agent_id=None,
        reason="no_agents",
        created=True,
        assigned_at=None,
        waited_ms=12,
        priority=0,
        context=None,
    )


class Service:
    """A notification service: what it was told, in order; `failing` says with what it fails, if it does."""

    def __init__(self, channel: AbstractChannel) -> None:
        self.channel = channel
        self.versions = InMemory()
        self.told: list[tuple[int, int]] = []
        self.calls = 0
        self.failing: Failing = lambda _: None
        self._news = asyncio.Condition()

    async def notify(self, session: SessionEvent) -> None:
        async with self._news:
            self.calls += 1
            self._news.notify_all()
            if error := self.failing(session):
                raise error
            self.told.append((session.session_id.int, session.session_version))

    async def until(self, *told: tuple[int, int]) -> None:
        async with asyncio.timeout(IN_TIME), self._news:
            await self._news.wait_for(lambda: len(self.told) >= len(told))
        assert self.told == list(told)

    async def until_called(self, times: int) -> None:
        async with asyncio.timeout(IN_TIME), self._news:
            await self._news.wait_for(lambda: self.calls >= times)

    async def publish(self, *events: SessionEvent | bytes) -> None:
        exchange = await self.channel.get_exchange(Topology().sessions, ensure=False)
        for each in events:
            body = each if isinstance(each, bytes) else encode_session_event(each)
            message = aio_pika.Message(body, content_type=CONTENT_TYPE, delivery_mode=2)
            await exchange.publish(message, "session.assigned.acme.-")

    async def left(self, queue: str) -> int:
        found = await self.channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0

    async def until_left(self, queue: str, count: int) -> None:
        async with asyncio.timeout(IN_TIME):
            while await self.left(queue) != count:
                await asyncio.sleep(0.05)


@pytest.fixture
async def service(bot: Bot) -> AsyncIterator[Service]:
    yield Service(bot.channel)
    for queue in (QUEUE, ASIDE):
        await bot.channel.queue_delete(queue)


Run = Callable[..., Awaitable[asyncio.Task[None]]]


@pytest.fixture
async def run(amqp_url: str, service: Service) -> AsyncIterator[Run]:
    """Start a service's subscriber, and wait until the queue gets events."""
    tasks: list[asyncio.Task[None]] = []

    async def start(of: Service = service, **settings: Any) -> asyncio.Task[None]:
        subscriber = Subscriber(amqp_url, QUEUE, versions=of.versions, **settings)
        tasks.append(asyncio.create_task(subscriber.run(of.notify)))
        await bound(amqp_url)
        return tasks[-1]

    yield start
    for task in tasks:
        await ended(task)


@pytest.fixture
def consumers(monkeypatch: pytest.MonkeyPatch) -> asyncio.Semaphore:
    """Released by each consumer the broker takes; of one that stands by it does not tell others."""
    taken = asyncio.Semaphore(0)
    consume = aio_pika.Queue.consume

    async def consume_and_tell(self: aio_pika.Queue, *args: Any, **options: Any) -> Any:
        tag = await consume(self, *args, **options)
        taken.release()
        return tag

    monkeypatch.setattr(aio_pika.Queue, "consume", consume_and_tell)
    return taken


async def bound(amqp_url: str) -> None:
    """Wait until somebody consumes from the queue."""
    async with asyncio.timeout(IN_TIME), await aio_pika.connect(amqp_url) as connection:
        while True:
            with suppress(ChannelNotFoundEntity):
                channel = await connection.channel()
                found = await channel.declare_queue(QUEUE, passive=True)
                if found.declaration_result.consumer_count:
                    return
                await channel.close()
            await asyncio.sleep(0.05)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_each_version_is_applied_once_in_order(service: Service, run: Run) -> None:
    await run()
    await service.publish(event(1), event(1), event(2), event(1), event(1, session=2), event(3))
    await service.until((1, 1), (1, 2), (2, 1), (1, 3))


async def test_what_was_published_while_nobody_ran_is_applied_when_somebody_does(
    service: Service, run: Run
) -> None:
    await ended(await run())
    await service.publish(event(1), event(2))
    await run()
    await service.until((1, 1), (1, 2))


async def test_one_that_died_before_it_acknowledged_applies_nothing_twice(service: Service, run: Run) -> None:
    """Its store outlives it."""
    stuck = asyncio.Event()
    keep = service.versions.keep

    async def keep_and_get_stuck(session_id: UUID, version: int) -> None:
        await keep(session_id, version)
        stuck.set()
        await asyncio.Event().wait()

    service.versions.keep = keep_and_get_stuck  # type: ignore[method-assign]
    task = await run()
    await service.publish(event(1))
    await asyncio.wait_for(stuck.wait(), IN_TIME)
    await ended(task)
    service.versions.keep = keep  # type: ignore[method-assign]

    await run()
    await service.publish(event(2))
    await service.until((1, 1), (1, 2))


async def test_what_cannot_be_read_is_put_aside_byte_for_byte(service: Service, run: Run) -> None:
    await run()
    await service.publish(b"nonsense", event(1))
    await service.until((1, 1))
    await service.until_left(ASIDE, 1)
    aside = await (await service.channel.get_queue(ASIDE)).get(no_ack=True)
    assert aside is not None
    assert aside.body == b"nonsense"


async def test_what_fails_is_tried_again_and_at_last_put_aside(service: Service, run: Run) -> None:
    service.failing = lambda session: ValueError("no") if session.session_version == 1 else None
    await run(attempts=3)
    await service.publish(event(1), event(2))
    await service.until((1, 2))
    await service.until_left(ASIDE, 1)
    assert service.calls == 4


async def test_what_a_driver_raises_while_its_database_is_away_is_waited_out(
    service: Service, run: Run
) -> None:
    service.failing = lambda _: CannotConnectNowError("starting up") if service.calls < 4 else None
    await run(attempts=1, away=(OSError, CannotConnectNowError))
    await service.publish(event(1))
    await service.until((1, 1))
    assert await service.left(ASIDE) == 0


async def test_a_failure_that_passes_loses_nothing(service: Service, run: Run) -> None:
    service.failing = lambda _: ValueError("not yet") if service.calls < 3 else None
    await run()
    await service.publish(event(1), event(2))
    await service.until((1, 1), (1, 2))
    assert await service.left(ASIDE) == 0


async def test_a_database_that_is_away_is_nobodys_poison(service: Service, run: Run) -> None:
    service.failing = lambda _: ConnectionRefusedError("away") if service.calls < 5 else None
    await run(attempts=1)
    await service.publish(event(1))
    await service.until((1, 1))
    assert (service.calls, await service.left(ASIDE)) == (5, 0)


async def test_a_type_of_a_later_worker_is_passed_over(service: Service, run: Run) -> None:
    await run()
    later = encode_session_event(event(1)).replace(b"session.waiting.v1", b"session.reopened.v1")
    await service.publish(later, event(2))
    await service.until((1, 2))
    await service.until_left(QUEUE, 0)
    assert await service.left(ASIDE) == 0


async def test_a_second_process_stands_by_and_takes_over(
    service: Service, run: Run, consumers: asyncio.Semaphore
) -> None:
    """Each keeps versions of its own here, so that neither is told by them what the other has applied."""
    service.failing = lambda session: ConnectionRefusedError("away") if session.session_version > 20 else None
    second = Service(service.channel)
    first = await run()
    await run(second)
    for _ in range(2):
        await asyncio.wait_for(consumers.acquire(), IN_TIME)
    await service.publish(*(event(version) for version in range(1, 26)))
    await service.until_called(21)
    assert service.told == [(1, version) for version in range(1, 21)]
    assert second.told == []

    await ended(first)
    await second.until(*((1, version) for version in range(21, 26)))


@pytest.mark.timeout(60)
async def test_a_queue_that_was_deleted_is_declared_again(amqp_url: str, service: Service, run: Run) -> None:
    await run()
    await service.channel.queue_delete(QUEUE)
    await bound(amqp_url)
    await service.publish(event(1))
    await service.until((1, 1))
