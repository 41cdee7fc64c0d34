"""Whole workers as processes, a bot that publishes with confirms, a subscriber that records."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from schemas import Handover, SessionEvent, decode_session_event, encode_handover
from worker.topology import REQUESTED, Topology, declare

HANDOVER = Path(sys.executable).with_name("handover")
IN_TIME = 15
"""Seconds until what must happen has happened; an assertion about speed it is not."""


class RunningWorker:
    """`handover worker` as a process, its log lines kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.text = ""
        self._reading = asyncio.ensure_future(self._read())
        self._news = asyncio.Condition()

    @property
    def pid(self) -> int:
        return self.process.pid

    async def logged(self, event: str, **fields: Any) -> dict[str, Any]:
        """The first log line of this event that has these fields, waiting for it."""
        async with asyncio.timeout(IN_TIME), self._news:
            while True:
                for line in self.lines:
                    if line.get("event") == event and fields.items() <= line.items():
                        return line
                await self._news.wait()

    async def ready(self) -> "RunningWorker":
        await self.logged("consuming", queue=Topology().requests)
        return self

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(IN_TIME):
            code = await self.process.wait()
            await self._reading
            return code

    async def _read(self) -> None:
        assert self.process.stderr
        async for raw in self.process.stderr:
            self.text += raw.decode()
            async with self._news:
                if raw.startswith(b"{"):
                    self.lines.append(json.loads(raw))
                self._news.notify_all()


StartWorkers = Callable[..., Awaitable[list[RunningWorker]]]


@pytest.fixture
async def start_workers(environment: dict[str, str]) -> AsyncIterator[StartWorkers]:
    """Start so many workers and wait until they consume; they are killed at the end of the test."""
    started: list[RunningWorker] = []

    async def start(count: int = 1, *, wait: bool = True, **settings: str) -> list[RunningWorker]:
        new = [
            RunningWorker(
                await asyncio.create_subprocess_exec(
                    HANDOVER, "worker", env={**environment, **settings}, stderr=asyncio.subprocess.PIPE
                )
            )
            for _ in range(count)
        ]
        started.extend(new)
        if wait:
            await asyncio.gather(*(worker.ready() for worker in new))
        return new

    yield start
    for worker in started:
        if worker.process.returncode is None:
            worker.process.kill()
        await worker.ended()


class Bot:
    """Publishes handovers with confirms."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self.channel = channel

    async def hand_over(self, *handovers: Handover) -> None:
        await asyncio.gather(
            *(
                self.publish(
                    encode_handover(handover, source="/tests"),
                    content_type="application/cloudevents+json",
                    message_id=handover.event_id,
                )
                for handover in handovers
            )
        )

    async def publish(self, body: bytes, *, routing_key: str = REQUESTED, **properties: Any) -> None:
        message = aio_pika.Message(body, delivery_mode=2, **properties)
        exchange = await self.channel.get_exchange(Topology().exchange, ensure=False)
        await exchange.publish(message, routing_key, timeout=IN_TIME)

    async def waiting_messages(self, queue: str) -> int:
        found = await self.channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0

    async def consumers(self, queue: str) -> int:
        found = await self.channel.declare_queue(queue, passive=True)
        return found.declaration_result.consumer_count or 0


@pytest.fixture
async def bot(amqp_url: str) -> AsyncIterator[Bot]:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(on_return_raises=True)
        await declare(channel, Topology())
        yield Bot(channel)


class Subscriber:
    """Records every session event, duplicates too."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._news = asyncio.Condition()

    @property
    def events(self) -> list[SessionEvent]:
        return [decode_session_event(body) for body in self.bodies]

    @property
    def by_id(self) -> dict[UUID, SessionEvent]:
        return {event.event_id: event for event in self.events}

    async def record(self, message: AbstractIncomingMessage) -> None:
        async with self._news:
            self.bodies.append(message.body)
            self._news.notify_all()

    async def until(self, count: int) -> list[SessionEvent]:
        """The events, once there are at least so many different ones."""
        async with asyncio.timeout(IN_TIME), self._news:
            await self._news.wait_for(lambda: len(self.bodies) >= count and len(self.by_id) >= count)
        return self.events


@asynccontextmanager
async def subscribed(amqp_url: str, *routing_keys: str) -> AsyncIterator[Subscriber]:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await declare(channel, Topology())
        queue = await channel.declare_queue(exclusive=True)
        for key in routing_keys or ("#",):
            await queue.bind(Topology().sessions, key)
        recorder = Subscriber()
        await queue.consume(recorder.record, no_ack=True)
        yield recorder


@pytest.fixture
async def subscriber(amqp_url: str) -> AsyncIterator[Subscriber]:
    async with subscribed(amqp_url) as recorder:
        yield recorder


def versions_by_session(events: Iterable[SessionEvent]) -> dict[UUID, list[int]]:
    versions: dict[UUID, list[int]] = {}
    for event in events:
        versions.setdefault(event.session_id, []).append(event.session_version)
    return {session: sorted(found) for session, found in versions.items()}
