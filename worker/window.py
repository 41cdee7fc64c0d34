"""Messages published together: one write for all of them, and one wait for all their confirms.

The client's own publish costs a lock, two futures and a write for each message, and that is half of what a handover
costs in this process. Its book-keeping of confirms stays the client's: `Channel.confirmations` by delivery tag.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from worker.broker import LOST


class Outgoing(NamedTuple):
    """One message."""

    routing_key: str
    properties: Basic.Properties
    body: bytes


async def publish(
    channel: Channel, exchange: str, messages: Sequence[Outgoing], *, within_seconds: float
) -> dict[int, Exception]:
    """Publish, and wait until the broker has confirmed each; why it has not, by position.

    A DeliveryError says that the broker refused it, one of LOST that what became of it is unknown. After any, and
    after being cancelled, the channel must not be used again.
    """
    window = _Window(channel.create_future(), dict.fromkeys(range(len(messages))))
    try:
        async with asyncio.timeout(within_seconds):
            async with channel.lock:
                for position in range(len(messages)):
                    channel.delivery_tag += 1
                    channel.confirmations[channel.delivery_tag] = _Confirmation(window, position)  # type: ignore[assignment]
                payload = b"".join(_frames(channel, exchange, messages))
                await channel.write_queue.put(ChannelFrame(payload=payload, should_close=False))
            await window.answered
    except LOST as error:
        window.refused.update(dict.fromkeys(window.unanswered, error))
    return window.refused


def _frames(channel: Channel, exchange: str, messages: Sequence[Outgoing]) -> Iterator[bytes]:
    size = channel.max_content_size
    for routing_key, properties, body in messages:
        yield marshal(Basic.Publish(exchange=exchange, routing_key=routing_key), channel.number)
        yield marshal(ContentHeader(body_size=len(body), properties=properties), channel.number)
        for start in range(0, len(body), size):
            yield marshal(ContentBody(body[start : start + size]), channel.number)


@dataclass(slots=True)
class _Window:
    """`answered` is the channel's own, so that it fails when the channel does."""

    answered: asyncio.Future[None]
    unanswered: dict[int, None]
    refused: dict[int, Exception] = field(default_factory=dict)

    def answer(self, position: int) -> None:
        del self.unanswered[position]
        if not self.unanswered and not self.answered.done():
            self.answered.set_result(None)


@dataclass(slots=True)
class _Confirmation:
    """What the channel knows of a future and needs here: it is told of the broker's answer once."""

    window: _Window
    position: int

    def done(self) -> bool:
        return False

    def set_result(self, _: Basic.Ack) -> None:
        self.window.answer(self.position)

    def set_exception(self, error: DeliveryError) -> None:
        self.window.refused[self.position] = error
        self.window.answer(self.position)
