"""Deliveries become batches, batches become transactions, and every delivery is settled.

A batch is whatever arrived while the last one was committing: nobody waits for it to fill.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from asyncpg import Connection

from schemas import Handover
from worker import metrics
from worker.announcement import Announcement
from worker.consumer import Consumer
from worker.core.transition import Transition
from worker.database import Database
from worker.dead_letters import Failure
from worker.desks import Routing
from worker.handover import Outcome, find_held, hand_over
from worker.isolation import Isolation
from worker.logs import told
from worker.reading import decode, read_handover
from worker.settling import acknowledge, bury
from worker.subscription import Delivery
from worker.tracing import Tracing

log = structlog.get_logger()

Request = tuple[Delivery, Handover]

FINISH_SECONDS = 0.002
"""Until a batch is acknowledged and logged: its events leave first, and broker and subscribers have the machine."""

LINES_AT_ONCE = 20


class Batcher:
    """Takes deliveries from a consumer and sees each one through to its settlement."""

    def __init__(
        self,
        consumer: Consumer,
        database: Database,
        announce: Callable[[Sequence[Announcement]], None],
        room: Callable[[], Awaitable[None]],
        reply: Callable[[Sequence[Request], Outcome], None],
        *,
        limit: int,
        routing: Routing,
        tracing: Tracing,
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._announce = announce
        self._room = room
        self._reply = reply
        self._limit = limit
        self._tracing = tracing
        work = partial(_timed, routing=routing)
        self._isolation = Isolation(consumer, database, work, self._conclude, find_held)
        self._finishing = asyncio.TaskGroup()
        self._finished = asyncio.Event()
        self._finished.set()

    async def run(self) -> None:
        """Work until the consumer is closed."""
        async with asyncio.TaskGroup() as self._finishing:
            while deliveries := await self._consumer.take(self._limit):
                await self.settle(deliveries)
                await self._room()

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See a batch through: each delivery is handled and acknowledged, dead-lettered, or put off."""
        with self._tracing.processing(deliveries):
            requests, failures = decode(deliveries, read_handover)
            await self._dead_letter(failures)
            await self._isolation.handle(requests)

    async def _conclude(self, requests: Sequence[Request], outcome: Outcome) -> None:
        self._announce(outcome.announcements)
        self._reply(requests, outcome)
        errors = {id(conflict.handover): conflict.error for conflict in outcome.conflicts}
        await self._dead_letter(
            [
                Failure(delivery, "conflict", errors[id(handover)], handover)
                for delivery, handover in requests
                if id(handover) in errors
            ]
        )
        handled = [delivery for delivery, handover in requests if id(handover) not in errors]
        await self._finished.wait()
        self._finished.clear()
        self._finishing.create_task(self._finish(handled, outcome))

    async def _finish(self, handled: Sequence[Delivery], outcome: Outcome) -> None:
        await asyncio.sleep(FINISH_SECONDS)
        await acknowledge(handled)
        known = len(handled) - len(outcome.decisions)
        metrics.handled(outcome.decisions, redelivered=known, size=len(handled) + len(outcome.conflicts))
        if known:
            log.info("redelivered", count=known)
        await _tell(outcome.decisions)
        self._finished.set()

    async def _dead_letter(self, failures: Sequence[Failure]) -> None:
        if failures:
            await bury(self._consumer, self._database, failures)


async def _timed(connection: Connection, handovers: Sequence[Handover], routing: Routing) -> Outcome:
    with metrics.TRANSACTION.time():
        return await hand_over(connection, handovers, routing)


async def _tell(decisions: Sequence[Transition]) -> None:
    """Log what was decided, a few lines at a time: the next batch is already with PostgreSQL, and its answers come."""
    for first in range(0, len(decisions), LINES_AT_ONCE):
        told("handed_over", map(_line, decisions[first : first + LINES_AT_ONCE]))
        await asyncio.sleep(0)


def _line(decision: Transition) -> dict[str, Any]:
    session = decision.session
    return {
        "event_id": session.handover_id,
        "tenant_id": session.tenant_id,
        "session_id": str(session.id),
        "version": session.version,
        "status": session.status,
        "agent_id": session.agent_id and str(session.agent_id),
        "reason": decision.reason,
        "team_fallback": decision.team_fallback,
    }
