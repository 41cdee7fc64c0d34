"""For bots: hand over, know that it is on disk, and hear who is coming."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Self
from uuid import uuid4

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage

from handover_client.connection import LOST, close, connect, losing_is_no_cancelling, pause
from schemas import (
    CONTENT_TYPE,
    HANDOVER_TYPE,
    EventError,
    Handover,
    SessionEvent,
    decode_session_event,
    encode_handover,
)

ROUTING_KEY = "handover.requested"
CONFIRM_SECONDS = 5
"""A connection on which no confirm comes for so long is given up for another: it may swallow what it is given."""

ANSWERS = "amq.rabbitmq.reply-to"
"""RabbitMQ's direct reply-to: a queue in name only, there for as long as our channel is."""


class NotConfirmed(TimeoutError):
    """In all the time given no broker confirmed it. It may be there or not; the same again, under its id, is safe."""


class Publisher:
    """Publishes handovers, many at once if you like, through one connection that is made again when it is lost.

    `source` is a URI reference that says which bot speaks; `within_seconds` is the time each handover has until it
    is confirmed, reconnecting and retries included. An async context manager: leaving it closes the connection.
    """

    def __init__(
        self, url: str, *, source: str, exchange: str = "handover", within_seconds: float = 10
    ) -> None:
        self._url, self._source, self._exchange_name = url, source, exchange
        self._within_seconds = within_seconds
        self._connecting = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None
        self._answers: dict[str, asyncio.Future[SessionEvent]] = {}
        self._closing: set[asyncio.Future[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hang_up()
        await asyncio.gather(*self._closing)

    async def publish(self, handover: Handover) -> None:
        """Return when the broker has it on disk. Raises NotConfirmed."""
        await self._confirmed(self._message(handover))

    async def ask(self, handover: Handover, *, answer_seconds: float = 5) -> SessionEvent | None:
        """Publish, and return what it came to: who is coming, or why nobody is yet.

        None is no failure: the handover is on disk, and nobody has told in time. Raises NotConfirmed.
        """
        question = uuid4().hex
        answer = self._answers[question] = asyncio.get_running_loop().create_future()
        try:
            await self._confirmed(self._message(handover, correlation_id=question, reply_to=ANSWERS))
            await asyncio.wait({answer}, timeout=answer_seconds)
            return answer.result() if answer.done() else None
        finally:
            del self._answers[question]

    def _message(
        self, handover: Handover, *, correlation_id: str | None = None, reply_to: str | None = None
    ) -> Message:
        return Message(
            encode_handover(handover, source=self._source),
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=handover.event_id,
            headers={"traceparent": handover.traceparent} if handover.traceparent else None,
            type=HANDOVER_TYPE,
            timestamp=datetime.now(UTC),
            correlation_id=correlation_id,
            reply_to=reply_to,
        )

    async def _confirmed(self, message: Message) -> None:
        """The same message, with the same id, until it is confirmed or the time is over."""
        why: Exception | None = None
        try:
            async with asyncio.timeout(self._within_seconds):
                for attempt in count():
                    try:
                        with losing_is_no_cancelling():
                            return await self._try(message)
                    except LOST as error:
                        why = error
                    await pause(attempt, 2)
        except TimeoutError as error:
            reason = f"{type(why).__name__}: {why}" if why else "no answer"
            raise NotConfirmed(
                f"handover {message.message_id} is not confirmed after {self._within_seconds} seconds ({reason})"
            ) from (why or error)

    async def _try(self, message: Message) -> None:
        async with self._connecting:
            if self._exchange is None or self._channel is None or self._channel.is_closed:
                self._hang_up()
                self._exchange = await self._dial()
            exchange = self._exchange
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await exchange.publish(message, ROUTING_KEY, mandatory=True)
        except TimeoutError:
            if exchange is self._exchange:
                self._hang_up()
            raise

    async def _dial(self) -> AbstractExchange:
        self._connection = await connect(self._url, f"handover-client {self._source}")
        # With on_return_raises a handover that no queue took is not taken for one that is on disk.
        channel = self._channel = await self._connection.channel(
            publisher_confirms=True, on_return_raises=True
        )
        answers = await channel.get_queue(ANSWERS, ensure=False)
        await answers.consume(self._hear, no_ack=True)
        return await channel.get_exchange(self._exchange_name, ensure=False)

    def _hang_up(self) -> None:
        """The next try has another connection; this one is closed meanwhile, which takes a while if it is dead."""
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            closing = asyncio.ensure_future(close(connection))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _hear(self, message: AbstractIncomingMessage) -> None:
        answer = self._answers.get(message.correlation_id or "")
        with suppress(EventError):  # of a later worker: what it says is not known here
            if answer and not answer.done():  # else it is too late, or comes twice
                answer.set_result(decode_session_event(message.body))
