"""Session events as they happen, through a queue of our own that goes when we do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import AMQPConnectionError
from pydantic_core import from_json, to_json

from schemas import EventError, SessionEvent, decode_session_event
from worker.broker import CALL_SECONDS
from worker.cli.output import say

_NOT_A_WORD = re.compile(r"[^A-Za-z0-9_-]")


def binding_key(tenant_id: str | None, agent_id: object | None) -> str:
    """Of a tenant's or an agent's events; different tenants may share a key, see SessionEvent.routing_key."""
    tenant = "*" if tenant_id is None else _NOT_A_WORD.sub("_", tenant_id)
    return f"session.*.{tenant}.{agent_id or '*'}"


class Feed:
    """The bodies of events that have arrived."""

    def __init__(self) -> None:
        self._bodies: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._ended = False

    def end(self) -> None:
        """Let the reader finish."""
        self._ended = True
        self._bodies.put_nowait(None)

    def lose(self) -> None:
        """The channel is gone."""
        self._bodies.put_nowait(None)

    async def receive(self, message: DeliveredMessage) -> None:
        self._bodies.put_nowait(message.body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each event's body, until `end`. Raises AMQPConnectionError when the broker went away."""
        while not self._ended and (body := await self._bodies.get()) is not None:
            yield body
        if not self._ended:
            raise AMQPConnectionError("the connection was lost")


@asynccontextmanager
async def subscribed(channel: Channel, exchange: str, key: str) -> AsyncIterator[Feed]:
    """What is published from now on. Raises aiormq's ChannelNotFoundEntity when the exchange is not there."""
    feed = Feed()
    async with asyncio.timeout(CALL_SECONDS):
        queue = (await channel.queue_declare(exclusive=True)).queue or ""
        await channel.queue_bind(queue, exchange, key)
        channel.on_consumer_cancel_callbacks.add(lambda _: feed.lose())
        await channel.basic_consume(queue, feed.receive, no_ack=True)
    closing = channel.closing
    closing.add_done_callback(lambda _: feed.lose())
    try:
        yield feed
    finally:
        closing.cancel()


@dataclass(frozen=True, slots=True)
class Received:
    """An event, and its JSON as it came, on one line."""

    event: SessionEvent
    line: str


async def events(feed: Feed, tenant_id: str | None, count: int | None) -> AsyncIterator[Received]:
    """The events of the tenant, `count` at most; what is none of ours is named on stderr and passed over."""
    seen = 0
    async for body in feed:
        try:
            event = decode_session_event(body)
        except EventError as error:
            say(f"handover: passed over a message: {error}")
            continue
        if tenant_id in (None, event.tenant_id):
            yield Received(event, _one_line(body))
            seen += 1
        if seen == count:
            return


def _one_line(body: bytes) -> str:
    return (to_json(from_json(body)) if b"\n" in body else body).decode()
