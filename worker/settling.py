"""The ends a delivery can come to: acknowledged, or a letter."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import structlog

from worker import metrics
from worker.consumer import Consumer
from worker.core.settlement import Fate
from worker.database import Database
from worker.dead_letters import Failure, record
from worker.errors import sentence
from worker.fate import fate_of_error
from worker.persistence import persist
from worker.subscription import Delivery, Subscription

log = structlog.get_logger()

BITE_BYTES = 8 * 1024 * 1024
"""Most bytes of messages in one transaction: all must go well within its deadline, and PostgreSQL's gigabyte."""

LATER_SECONDS = 1.0
"""Until a delivery that was blocked, or failed alone, is tried again; the others go on meanwhile."""


async def acknowledge(deliveries: Iterable[Delivery]) -> None:
    """Settle deliveries, each on the channel it came by."""
    tags: defaultdict[Subscription, list[int]] = defaultdict(list)
    for delivery in deliveries:
        tags[delivery.subscription].append(delivery.tag)
    for subscription, settled in tags.items():
        await subscription.settle(settled)


async def bury(consumer: Consumer, database: Database, failures: Sequence[Failure]) -> None:
    """Make letters of deliveries and acknowledge them, so many at once as one transaction can carry.

    All of these again later when somebody holds one of the letters; and a letter that cannot be stored, alone.
    """
    for bite in bites(failures):
        await _bury(consumer, database, bite)


def bites(failures: Iterable[Failure]) -> Iterator[list[Failure]]:
    """The failures in order, BITE_BYTES of messages at a time, or one that is larger."""
    bite: list[Failure] = []
    size = 0
    for failure in failures:
        size += len(failure.delivery.body)
        if bite and size > BITE_BYTES:
            yield bite
            bite, size = [], len(failure.delivery.body)
        bite.append(failure)
    if bite:
        yield bite


async def _bury(consumer: Consumer, database: Database, failures: Sequence[Failure]) -> None:
    deliveries = [failure.delivery for failure in failures]
    try:
        await persist(
            database, partial(record, failures=failures), hold=consumer.pause, resume=consumer.resume
        )
    except Exception as error:  # noqa: BLE001 - the boundary: an escaped error would end the worker, and the next one
        if len(failures) > 1 and fate_of_error(error) not in {Fate.BLOCKED, Fate.RETRY}:
            middle = len(failures) // 2
            await _bury(consumer, database, failures[:middle])
            await _bury(consumer, database, failures[middle:])
            return
        log.warning("letters_put_off", count=len(failures), error=sentence(error))
        for delivery in deliveries:
            put_off(consumer, delivery)
    else:
        metrics.dead_lettered(failures)
        await acknowledge(deliveries)


def put_off(consumer: Consumer, delivery: Delivery) -> None:
    """Have a delivery taken again, later."""
    asyncio.get_running_loop().call_later(LATER_SECONDS, consumer.offer, delivery)
