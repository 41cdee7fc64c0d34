"""The console hears what is published to the `sessions` exchange, through any number of connections."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiormq.channel import Channel

from schemas import EventError, SessionEvent, decode_session_event
from worker.broker import CALL_SECONDS, connected, losing_is_no_cancelling, reconnecting
from worker.config import Settings
from worker.console.desk import NAME
from worker.feed import subscribed

log = structlog.get_logger()

PREFETCH = 500


@dataclass(slots=True)
class Ear:
    """Whether the broker is there now; `channel` is what its queues can be asked by."""

    channel: Channel | None = None
    trouble: str | None = None


async def hear(
    settings: Settings, ear: Ear, news: Callable[[SessionEvent], None], changed: Callable[[], None]
) -> None:
    """Give `news` each event, until cancelled; `changed` is called when the broker came, and when it went."""
    async for attempt in reconnecting("console"):
        with attempt:
            try:
                with losing_is_no_cancelling():
                    await _one_life(settings, ear, news, changed)
            finally:
                ear.channel = None
                changed()


async def _one_life(
    settings: Settings, ear: Ear, news: Callable[[SessionEvent], None], changed: Callable[[], None]
) -> None:
    async with connected(settings.amqp, NAME) as connection:
        async with asyncio.timeout(CALL_SECONDS):
            channel = await connection.channel(publisher_confirms=False)
            await channel.declare_exchange(settings.sessions_exchange, "topic", durable=True)
            underlay = await channel.get_underlay_channel()
        if not isinstance(underlay, Channel):
            raise TypeError(f"aio-pika's channel is {underlay!r}, not one of aiormq's")
        async with subscribed(underlay, settings.sessions_exchange, "#") as feed:
            ear.channel = underlay
            changed()
            async for body in feed:
                if event := _event(body):
                    news(event)


def _event(body: bytes) -> SessionEvent | None:
    try:
        return decode_session_event(body)
    except EventError as error:
        log.info("passed_over", error=str(error))
        return None
