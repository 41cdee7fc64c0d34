"""Messages published together: one write for all of them, and one wait for all their confirms.

The client's own publish costs a lock, two futures and a write for each message, and that is half of what a handover
costs in this process. Its book-keeping of confirms stays the client's: `Channel.confirmations` by delivery tag.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from pamqp.commands import Basic

from worker.broker import LOST, losing_is_no_cancelling
from worker.framing import Outgoing, frames


async def publish(
    channel: Channel, exchange: str, messages: Sequence[Outgoing], *, within_seconds: float
) -> dict[int, Exception]:
    """Publish, and wait until the broker has confirmed each; why it has not, by position.

    A DeliveryError says that the broker refused it, one of LOST that what became of it is unknown. After one of
    these, and after being cancelled, the channel must not be used again.
    """
    number, max_body = channel.number, channel.max_content_size
    payload = b"".join(
        chain.from_iterable(frames(message, exchange, number, max_body) for message in messages)
    )
    window = _Window(channel.create_future(), dict.fromkeys(range(len(messages))))
    try:
        with losing_is_no_cancelling():
            async with asyncio.timeout(within_seconds):
                await _send(channel, payload, window)
                await window.answered
    except LOST as error:
        window.refused.update(dict.fromkeys(window.unanswered, error))
    return window.refused


async def _send(channel: Channel, payload: bytes, window: "_Window") -> None:
    async with channel.lock:
        for position in window.unanswered:
            channel.delivery_tag += 1
            channel.confirmations[channel.delivery_tag] = _Confirmation(window, position)  # type: ignore[assignment]
        await channel.write_queue.put(ChannelFrame(payload=payload, should_close=False))


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
