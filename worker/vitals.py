"""How a worker is: whether it lives, what keeps it from being ready, and the same as gauges."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from worker.consumer import Consumer
from worker.database import Database
from worker.relay import Relay


@dataclass(slots=True, eq=False)
class Vitals(Collector):
    """What is watched of a worker. While it starts there is nothing yet, and it is not ready.

    `outbox_seconds` is the age of the oldest unpublished event when it was last counted, `outbox_limit` the age from
    which on something must be wrong.
    """

    outbox_limit: float
    consumers: Sequence[Consumer] = ()
    databases: Sequence[Database] = ()
    relay: Relay | None = None
    tasks: Sequence[asyncio.Future[None]] = ()
    outbox_seconds: float | None = None
    stopping: bool = field(default=False)

    def ended(self) -> bool:
        """Whether a part of the worker has ended that should not have."""
        return not self.stopping and any(task.done() for task in self.tasks)

    def complaints(self) -> dict[str, str]:
        """Why the worker is not ready, by what ails; nothing when it is."""
        return dict(self._complaints())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The state as gauges; called by the registry."""
        registered = GaugeMetricFamily(
            "handover_consumer_registered", "Whether the broker sends us this queue.", labels=["queue"]
        )
        held = GaugeMetricFamily(
            "handover_consumer_held",
            "Whether we ask for no more of this queue, for the database is away or we are stopping.",
            labels=["queue"],
        )
        unsettled = GaugeMetricFamily(
            "handover_unsettled_deliveries", "Deliveries we hold unacknowledged.", labels=["queue"]
        )
        for consumer in self.consumers:
            registered.add_metric([consumer.queue], consumer.registered)
            held.add_metric([consumer.queue], consumer.held)
            unsettled.add_metric([consumer.queue], consumer.unsettled)
        up = GaugeMetricFamily(
            "handover_dependency_up",
            "Whether the dependency did what we last asked of it.",
            labels=["dependency"],
        )
        up.add_metric(["database"], bool(self.databases) and not self._database_trouble())
        up.add_metric(["broker"], self.relay is not None and self.relay.ready.is_set())
        ready = GaugeMetricFamily(
            "handover_ready", "Whether the worker is ready, as /readyz says.", value=not self.complaints()
        )
        yield from (registered, held, unsettled, up, ready)

    def _complaints(self) -> Iterator[tuple[str, str]]:
        if self.relay is None:
            yield "worker", "it starts: it waits for PostgreSQL and RabbitMQ"
            return
        if self.stopping:
            yield "worker", "it stops"
        if trouble := self._database_trouble():
            yield "database", trouble
        if self.outbox_seconds is None:
            yield "outbox", "it has not been looked at yet"
        elif self.outbox_seconds > self.outbox_limit:
            yield "outbox", f"an event waits for {self.outbox_seconds:.0f} s, over {self.outbox_limit:.0f}"
        if not self.relay.ready.is_set():
            yield "broker", "there is no connection to publish on"
        for consumer in self.consumers:
            if consumer.held:
                yield consumer.queue, "held: nothing more is asked of it for now"
            elif not consumer.registered:
                yield consumer.queue, "the broker does not send it"

    def _database_trouble(self) -> str | None:
        return next((database.trouble for database in self.databases if database.trouble), None)
