"""Bots that publish with confirms for as long as it lasts, whatever becomes of the broker."""

import asyncio
from dataclasses import dataclass, field
from random import Random

import aio_pika
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError
from aiormq.exceptions import PublishError

from chaos.history import History, Message
from chaos.messages import Bot
from worker.broker import LOST, connected
from worker.errors import CannotStart
from worker.topology import REQUESTED, Topology, declare

AWAY = (*LOST, CannotStart)
PUBLISH_SECONDS = 5
BURST = 8
"""Most messages of a bot in flight at once."""


@dataclass(slots=True)
class Load:
    """So many bots, together `rate` messages a second; what a broker refuses or loses sight of they send again."""

    url: str
    rng: Random
    history: History
    rate: float = 60
    bots: int = 4
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: int = 0

    async def run(self) -> None:
        """Publish until cancelled, while `flowing`."""
        self.flowing.set()
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.bots):
                rng = Random(self.rng.random())
                tasks.create_task(self._bot(f"chaos-bot-{number}", rng, Bot(rng, self.history)))

    async def pause(self) -> None:
        """Let every bot finish the message it is about, and publish no more."""
        self.flowing.clear()
        while self._under_way:
            await asyncio.sleep(0.02)

    def resume(self) -> None:
        self.flowing.set()

    async def _bot(self, name: str, rng: Random, bot: Bot) -> None:
        owed: list[Message] = []
        while True:
            try:
                async with connected(self.url, name) as connection:
                    channel = await connection.channel(on_return_raises=True)
                    await declare(channel, Topology())
                    while not channel.is_closed:
                        owed = await self._burst(channel, rng, bot, owed)
            except AWAY:
                await asyncio.sleep(rng.uniform(0.1, 0.5))

    async def _burst(
        self, channel: AbstractChannel, rng: Random, bot: Bot, owed: list[Message]
    ) -> list[Message]:
        """What the bot still wants published."""
        await self.flowing.wait()
        self._under_way += 1
        try:
            messages = owed or [bot.draw() for _ in range(rng.randint(1, BURST))]
            kept = await asyncio.gather(*(self._keep_after(channel, message) for message in messages))
            # Half of those whose fate is unknown are left so: a bot that died would not ask again.
            left = [message for message, keep in zip(messages, kept, strict=True) if rng.random() < keep]
        finally:
            self._under_way -= 1
        await asyncio.sleep(rng.expovariate(self.rate / self.bots / max(1, len(messages))))
        return left

    async def _keep_after(self, channel: AbstractChannel, message: Message) -> float:
        """How likely it is that the bot tries this message again: 0 once it is confirmed."""
        self.history.attempt(message)
        try:
            await publish(channel, message)
        except (DeliveryError, PublishError):
            self.history.nacked += 1
            return 1
        except LOST:
            return 0.5
        self.history.confirm(message)
        return 0


async def publish(channel: AbstractChannel, message: Message) -> None:
    """Publish and wait for the confirm. Raises DeliveryError when refused, one of LOST when nobody can say."""
    exchange = await channel.get_exchange(Topology().exchange, ensure=False)
    async with asyncio.timeout(PUBLISH_SECONDS):
        await exchange.publish(
            aio_pika.Message(
                message.body,
                delivery_mode=2,
                message_id=message.message_id,
                content_type=message.content_type,
            ),
            REQUESTED,
        )
