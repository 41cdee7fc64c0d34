"""Deliveries become events, or letters at once: what cannot be read never enters a batch."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from schemas import EventError, Handover, decode_handover
from worker.dead_letters import Failure
from worker.errors import sentence
from worker.subscription import Delivery

E = TypeVar("E")


def decode(
    deliveries: Iterable[Delivery], read: Callable[[Delivery], E]
) -> tuple[list[tuple[Delivery, E]], list[Failure]]:
    """What `read` can read, and what it refuses with EventError."""
    requests: list[tuple[Delivery, E]] = []
    failures: list[Failure] = []
    for delivery in deliveries:
        event = said(delivery, read)
        if isinstance(event, EventError):
            failures.append(Failure(delivery, event.reason, sentence(event)))
        else:
            requests.append((delivery, event))
    return requests, failures


def said(delivery: Delivery, read: Callable[[Delivery], E]) -> E | EventError:
    """What a delivery says, or why nobody can act on it: read once, be it ahead of its turn, as it arrives."""
    if delivery.event is None:
        try:
            delivery.event = read(delivery)
        except EventError as error:
            delivery.event = error
    event: E | EventError = delivery.event
    return event


def read_handover(delivery: Delivery) -> Handover:
    """The handover a delivery holds. Raises EventError."""
    properties = delivery.properties
    return decode_handover(
        delivery.body,
        content_type=properties.content_type,
        headers=properties.headers or {},
        message_id=properties.message_id,
        timestamp=sent_at(delivery),
    )


def sent_at(delivery: Delivery) -> datetime | None:
    """The AMQP timestamp, in whole seconds, UTC."""
    time = delivery.properties.timestamp
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
