"""Agents come and go, and accept sessions: the events of their queue, each seen through to its settlement."""

from collections.abc import Collection, Sequence

import structlog

from schemas import AgentEvent, Heartbeat, InvalidEvent, decode_agent_event
from worker.attendance import Attendance, Who, attend, find_held, who
from worker.consumer import Consumer
from worker.database import Database
from worker.dead_letters import Failure
from worker.isolation import Isolation
from worker.reading import decode, sent_at
from worker.settling import acknowledge, bury
from worker.subscription import Delivery

log = structlog.get_logger()

LIMIT = 500
"""Most events in one transaction."""


async def follow(consumer: Consumer, database: Database) -> None:
    """Write what agents do until the consumer is closed: a batch is whatever arrived during the last one."""
    presence = Presence(consumer, database)
    while deliveries := await consumer.take(LIMIT):
        await presence.settle(deliveries)


class Presence:
    """Sees events of agents through to their settlement."""

    def __init__(self, consumer: Consumer, database: Database) -> None:
        self._consumer = consumer
        self._database = database
        self._isolation = Isolation(consumer, database, attend, self._conclude, find_held)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """See a batch through: each delivery is written and acknowledged, dead-lettered, or put off."""
        requests, failures = decode(deliveries, read)
        await self._dead_letter(failures)
        await self._isolation.handle(requests)

    async def _conclude(
        self, requests: Sequence[tuple[Delivery, AgentEvent]], attendance: Attendance
    ) -> None:
        strangers = [
            (delivery, event) for delivery, event in requests if _is_news_of(event, attendance.unknown)
        ]
        await self._dead_letter([_of_a_stranger(delivery, event) for delivery, event in strangers])
        await acknowledge(
            delivery for delivery, event in requests if not _is_news_of(event, attendance.unknown)
        )
        for new in attendance.statuses:
            log.info("status_changed", tenant_id=new.tenant_id, agent_id=str(new.agent_id), status=new.status)
        for event in attendance.too_late:
            log.info(
                "accepted_too_late",
                event_id=event.event_id,
                tenant_id=event.tenant_id,
                session_id=str(event.session_id),
                agent_id=str(event.agent_id),
            )

    async def _dead_letter(self, failures: Sequence[Failure]) -> None:
        if failures:
            await bury(self._consumer, self._database, failures)


def _is_news_of(event: AgentEvent, unknown: Collection[Who]) -> bool:
    # A stranger's heartbeats tell nothing and never end: as letters they would bury all others.
    return who(event) in unknown and not isinstance(event, Heartbeat)


def read(delivery: Delivery) -> AgentEvent:
    """The event a delivery holds. Raises EventError."""
    properties = delivery.properties
    return decode_agent_event(
        delivery.body,
        content_type=properties.content_type,
        headers=properties.headers or {},
        message_id=properties.message_id,
        type=properties.message_type,
        routing_key=delivery.routing_key,
        timestamp=sent_at(delivery),
    )


def _of_a_stranger(delivery: Delivery, event: AgentEvent) -> Failure:
    return Failure(
        delivery,
        InvalidEvent.reason,
        f"agent '{event.agent_id}' is not on the roster of tenant {event.tenant_id!r}:"
        " add them with `handover agents add --id`, and publish it again",
    )
