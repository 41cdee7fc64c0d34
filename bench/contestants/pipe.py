"""The ceiling: bare aiormq, consume -> confirmed publish -> acknowledge, no database and no decision."""

import asyncio
from collections import deque
from functools import partial

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic

from bench.broker import opened
from bench.contestants.program import InFlight, Urls, run

PREFETCH = 1000
ACK_EVERY = 100


class Acks:
    """Acknowledges whole runs of deliveries, in the order they came."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._order: deque[int] = deque()
        self._done: set[int] = set()
        self._last = 0
        self._acked = 0

    def delivered(self, tag: int) -> None:
        self._order.append(tag)

    async def done(self, tag: int) -> None:
        """One more is done; tell the broker when that makes enough of them, or all there are."""
        self._done.add(tag)
        while self._order and self._order[0] in self._done:
            self._last = self._order.popleft()
            self._done.remove(self._last)
        if self._last - self._acked >= ACK_EVERY or not self._order:
            self._acked = self._last
            await self._channel.basic_ack(self._last, multiple=True, wait=False)


async def serve(urls: Urls, stop: asyncio.Event) -> None:
    """Pass messages on until `stop`, then finish those that were begun."""
    async with opened(urls.amqp, confirms=False) as incoming, opened(urls.amqp) as outgoing:
        await incoming.basic_qos(prefetch_count=PREFETCH)
        in_flight = InFlight()
        consumed = await incoming.basic_consume(
            "handover.requests", partial(_pass_on, outgoing, Acks(incoming), in_flight)
        )
        await stop.wait()
        await incoming.basic_cancel(consumed.consumer_tag or "")
        await in_flight.ended()


async def _pass_on(outgoing: Channel, acks: Acks, in_flight: InFlight, message: DeliveredMessage) -> None:
    tag = message.delivery_tag or 0
    acks.delivered(tag)
    with in_flight:
        await outgoing.basic_publish(
            message.body,
            exchange="sessions",
            routing_key="session.assigned.pipe.-",
            properties=Basic.Properties(
                content_type="application/cloudevents+json",
                delivery_mode=2,
                message_id=message.header.properties.message_id,
                correlation_id=message.header.properties.message_id,
            ),
            wait=False,
        )
        await acks.done(tag)


if __name__ == "__main__":
    run(serve)
