"""The broker's backstop: what RabbitMQ itself dead-lettered becomes letters like the others."""

from typing import Any

from schemas import EventError, Handover
from worker.consumer import Consumer
from worker.database import Database
from worker.dead_letters import Failure
from worker.reading import read_handover
from worker.settling import bury
from worker.subscription import Delivery

LIMIT = 100


async def drain(consumer: Consumer, database: Database) -> None:
    """Move letters from the broker's queue into the table until the consumer is closed."""
    while deliveries := await consumer.take(LIMIT):
        await bury(consumer, database, [_failure(delivery) for delivery in deliveries])


def _failure(delivery: Delivery) -> Failure:
    headers: dict[str, Any] = dict(delivery.properties.headers or {})
    why = str(headers.get("x-first-death-reason", "unknown")).replace("_", "-")
    queue = headers.get("x-first-death-queue", "a queue")
    if why == "delivery-limit":
        return Failure(
            delivery,
            "delivery-limit",
            f"{queue} returned it too often without anyone finishing it: look for a worker that dies on it",
            _handover(delivery),
        )
    return Failure(delivery, "failed", f"the broker moved it here from {queue}: {why}", _handover(delivery))


def _handover(delivery: Delivery) -> Handover | None:
    try:
        return read_handover(delivery)
    except EventError:
        return None
