"""The ends a delivery can come to: acknowledged, or a letter."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

import structlog
from asyncpg import PostgresError

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
    """Make letters of deliveries and acknowledge them; all again later when somebody holds one of the letters."""
    deliveries = [failure.delivery for failure in failures]
    try:
        await persist(
            database, partial(record, failures=failures), hold=consumer.pause, resume=consumer.resume
        )
    except PostgresError as error:
        if fate_of_error(error) not in {Fate.BLOCKED, Fate.RETRY}:
            raise
        log.warning("letters_put_off", count=len(failures), error=sentence(error))
        for delivery in deliveries:
            put_off(consumer, delivery)
    else:
        metrics.dead_lettered(failures)
        await acknowledge(deliveries)


def put_off(consumer: Consumer, delivery: Delivery) -> None:
    """Have a delivery taken again, later."""
    asyncio.get_running_loop().call_later(LATER_SECONDS, consumer.offer, delivery)
