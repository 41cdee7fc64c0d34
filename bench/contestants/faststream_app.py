"""One transaction a message, through FastStream."""

import asyncio

from faststream import AckPolicy
from faststream.rabbit import (
    Channel,
    ExchangeType,
    QueueType,
    RabbitBroker,
    RabbitExchange,
    RabbitMessage,
    RabbitQueue,
)

from bench import sql
from bench.contestants.program import PREFETCH, InFlight, Urls, pools, run
from bench.contestants.transaction import hand_over
from schemas import CONTENT_TYPE, decode_handover

REQUESTS = RabbitQueue("handover.requests", queue_type=QueueType.QUORUM, durable=True, declare=False)
SESSIONS = RabbitExchange("sessions", type=ExchangeType.TOPIC, durable=True, declare=False)


async def serve(urls: Urls, stop: asyncio.Event) -> None:
    """Handle messages until `stop`. Without its log of each message and its validation: ours is done by hand."""
    broker = RabbitBroker(urls.amqp, logger=None, apply_types=False, decoder=_as_it_came)
    in_flight = InFlight()
    async with pools(urls.database) as database:

        async def handle(body: bytes) -> None:
            with in_flight:
                await hand_over_and_tell(body)

        async def hand_over_and_tell(body: bytes) -> None:
            handover = decode_handover(body, content_type=CONTENT_TYPE, headers={}, message_id=None)
            async with database.handling.acquire() as connection:
                events = await hand_over(connection, handover)
            for event in events:
                await broker.publish(
                    event.body,
                    exchange=SESSIONS,
                    routing_key=event.routing_key,
                    mandatory=False,
                    persist=True,
                    content_type=CONTENT_TYPE,
                    message_id=str(event.id),
                    correlation_id=event.correlation_id,
                    message_type=event.type,
                    timestamp=event.time,
                )
                await database.deleting.execute(sql.delete_confirmed, event.id)

        channel = Channel(prefetch_count=PREFETCH)
        broker.subscriber(REQUESTS, channel=channel, ack_policy=AckPolicy.NACK_ON_ERROR, no_reply=True)(
            handle
        )
        await broker.start()
        await stop.wait()
        await broker.stop()


async def _as_it_came(message: RabbitMessage) -> bytes:
    return bytes(message.body)


if __name__ == "__main__":
    run(serve)
