"""Deliveries become batches, batches become transactions, and every delivery is settled.

A batch is whatever arrived while the last one was committing: nobody waits for it to fill.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar, assert_never

import structlog

from schemas import EventError, Handover, decode_handover
from worker.announcement import Announcement
from worker.consumer import Consumer, Delivery, Subscription
from worker.core.settlement import Fate
from worker.database import Database
from worker.dead_letters import Failure, record
from worker.desks import Routing
from worker.errors import sentence
from worker.fate import fate_of_error
from worker.handover import Outcome, hand_over
from worker.persistence import Work, persist

log = structlog.get_logger()

ATTEMPTS = 3
"""Tries of a delivery that fails alone for a reason nobody foresaw, before it is a dead letter."""

LATER_SECONDS = 1.0
"""Until a delivery that was blocked, or failed alone, is tried again; the others go on meanwhile."""

T = TypeVar("T")
Request = tuple[Delivery, Handover]


class Batcher:
    """Takes deliveries from a consumer and sees each one through to its settlement."""

    def __init__(
        self,
        consumer: Consumer,
        database: Database,
        announce: Callable[[Sequence[Announcement]], None],
        *,
        limit: int,
        routing: Routing,
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._announce = announce
        self._limit = limit
        self._hand_over = partial(hand_over, routing=routing)

    async def run(self) -> None:
        """Work until the consumer is closed."""
        while deliveries := await self._consumer.take(self._limit):
            await self.settle(deliveries)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See a batch through: each delivery is handled and acknowledged, dead-lettered, or put off."""
        requests, failures = decode(deliveries)
        await self._dead_letter(failures)
        await self._handle(requests)

    async def _handle(self, requests: Sequence[Request]) -> None:
        if not requests:
            return
        handovers = [handover for _, handover in requests]
        try:
            outcome = await self._persist(lambda connection: self._hand_over(connection, handovers))
        except Exception as error:  # noqa: BLE001 - the boundary: an escaped error would strand the whole batch
            await self._isolate(requests, error)
        else:
            await self._conclude(requests, outcome)

    async def _conclude(self, requests: Sequence[Request], outcome: Outcome) -> None:
        self._announce(outcome.announcements)
        errors = {id(conflict.handover): conflict.error for conflict in outcome.conflicts}
        await self._dead_letter(
            [
                Failure(delivery, "conflict", errors[id(handover)], handover)
                for delivery, handover in requests
                if id(handover) in errors
            ]
        )
        await acknowledge(delivery for delivery, handover in requests if id(handover) not in errors)
        for decision in outcome.decisions:
            log.info(
                "handed_over",
                event_id=decision.session.handover_id,
                tenant_id=decision.session.tenant_id,
                session_id=str(decision.session.id),
                version=decision.session.version,
                status=decision.session.status,
                agent_id=decision.session.agent_id and str(decision.session.agent_id),
                reason=decision.reason,
                team_fallback=decision.route.fallback,
            )
        if known := len(requests) - len(outcome.decisions) - len(errors):
            log.info("redelivered", count=known)

    async def _isolate(self, requests: Sequence[Request], error: Exception) -> None:
        if len(requests) > 1:
            log.warning("batch_halved", size=len(requests), error=sentence(error))
            middle = len(requests) // 2
            await self._handle(requests[:middle])
            await self._handle(requests[middle:])
            return
        [(delivery, handover)] = requests
        delivery.attempts += 1
        match fate_of_error(error):
            case Fate.BLOCKED | Fate.RETRY | Fate.DOWN as fate:
                delivery.attempts -= 1
                self._put_off(delivery, handover, error, fate)
            case Fate.UNEXPECTED as fate if delivery.attempts < ATTEMPTS:
                self._put_off(delivery, handover, error, fate)
            case Fate.POISON | Fate.UNEXPECTED:
                await self._dead_letter([Failure(delivery, "failed", sentence(error), handover)])
            case fate:
                assert_never(fate)

    def _put_off(self, delivery: Delivery, handover: Handover, error: Exception, fate: Fate) -> None:
        log.warning(
            "put_off",
            event_id=handover.event_id,
            fate=fate.name.lower(),
            attempts=delivery.attempts,
            error=sentence(error),
            exc_info=error if fate is Fate.UNEXPECTED else None,
        )
        asyncio.get_running_loop().call_later(LATER_SECONDS, self._consumer.offer, delivery)

    async def _dead_letter(self, failures: Sequence[Failure]) -> None:
        if failures:
            await self._persist(lambda connection: record(connection, failures))
            await acknowledge(failure.delivery for failure in failures)

    async def _persist(self, work: Work[T]) -> T:
        return await persist(self._database, work, hold=self._consumer.pause, resume=self._consumer.resume)


def decode(deliveries: Iterable[Delivery]) -> tuple[list[Request], list[Failure]]:
    """What can be read, and what cannot be: the latter never enters a batch."""
    requests: list[Request] = []
    failures: list[Failure] = []
    for delivery in deliveries:
        try:
            requests.append((delivery, read(delivery)))
        except EventError as error:
            failures.append(Failure(delivery, error.reason, sentence(error)))
    return requests, failures


def read(delivery: Delivery) -> Handover:
    """The handover a delivery holds. Raises EventError."""
    properties = delivery.properties
    return decode_handover(
        delivery.body,
        content_type=properties.content_type,
        headers=properties.headers or {},
        message_id=properties.message_id,
        timestamp=_aware(properties.timestamp),
    )


async def acknowledge(deliveries: Iterable[Delivery]) -> None:
    """Settle deliveries, each on the channel it came by."""
    tags: defaultdict[Subscription, list[int]] = defaultdict(list)
    for delivery in deliveries:
        tags[delivery.subscription].append(delivery.tag)
    for subscription, settled in tags.items():
        await subscription.settle(settled)


def _aware(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
