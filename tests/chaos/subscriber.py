"""A subscriber with a queue that lasts: it records every session event, duplicates too."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from aio_pika.abc import AbstractIncomingMessage
from pamqp.common import Arguments

from chaos.history import History
from chaos.load import AWAY
from schemas import decode_session_event
from worker.broker import connected
from worker.topology import Topology, declare

QUEUE = "chaos.subscriber"


@dataclass(slots=True)
class Subscriber:
    """`ready` once its queue exists: whatever is announced from then on it hears, sooner or later."""

    url: str
    history: History
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Record until cancelled, through any number of connections."""
        self._listening.set()
        while True:
            await self._listening.wait()
            with suppress(*AWAY):
                await self._one_life()
            await asyncio.sleep(0.2)

    def away(self) -> None:
        """Hang up, and stay away; the queue goes on filling."""
        self._listening.clear()
        self._over.set()

    def back(self) -> None:
        self._listening.set()

    async def _one_life(self) -> None:
        async with connected(self.url, "chaos-subscriber") as connection:
            channel = await connection.channel()
            self._over.clear()
            channel.close_callbacks.add(lambda *_: self._over.set())
            await channel.set_qos(500)
            await declare(channel, Topology())
            arguments: Arguments = {"x-queue-type": "quorum", "x-overflow": "reject-publish"}
            queue = await channel.declare_queue(QUEUE, durable=True, arguments=arguments)
            await queue.bind(Topology().sessions, "#")
            await queue.consume(self._record)
            self.ready.set()
            await self._over.wait()

    async def _record(self, message: AbstractIncomingMessage) -> None:
        self.history.hear(decode_session_event(message.body))
        await message.ack()
