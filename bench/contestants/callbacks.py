"""aio-pika as its documentation has it: a callback a message, fifty at once, each acknowledged when it is done."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from bench import sql
from bench.contestants.outgoing import Outgoing
from bench.contestants.program import PREFETCH, Connection, InFlight, Pools, Urls, pools
from schemas import CONTENT_TYPE, Handover, decode_handover

HandOver = Callable[[Connection, Handover], Awaitable[list[Outgoing]]]


async def serve(hand_over: HandOver, urls: Urls, stop: asyncio.Event) -> None:
    """Handle messages until `stop`, then finish those that were begun."""
    async with pools(urls.database) as database, await aio_pika.connect(urls.amqp) as connection:
        incoming = await connection.channel()
        await incoming.set_qos(prefetch_count=PREFETCH)
        queue = await incoming.get_queue("handover.requests", ensure=False)
        outgoing = await connection.channel(publisher_confirms=True)
        sessions = await outgoing.get_exchange("sessions", ensure=False)
        in_flight = InFlight()
        tag = await queue.consume(partial(_handle, hand_over, database, sessions, in_flight))
        await stop.wait()
        await queue.cancel(tag)
        await in_flight.ended()


async def _handle(
    hand_over: HandOver,
    database: Pools,
    sessions: AbstractExchange,
    in_flight: InFlight,
    message: AbstractIncomingMessage,
) -> None:
    with in_flight:
        handover = decode_handover(
            message.body,
            content_type=message.content_type,
            headers=message.headers,
            message_id=message.message_id,
        )
        async with database.handling.acquire() as connection:
            events = await hand_over(connection, handover)
        for event in events:
            await sessions.publish(_message(event), event.routing_key, mandatory=False)
            await database.deleting.execute(sql.delete_confirmed, event.id)
        await message.ack()


def _message(event: Outgoing) -> aio_pika.Message:
    return aio_pika.Message(
        event.body,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(event.id),
        correlation_id=event.correlation_id,
        type=event.type,
        timestamp=event.time,
    )
