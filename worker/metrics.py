"""What Prometheus is told of the work: counted by the batch, for a handover has no time to be counted alone.

One registry a process, as there is one log. Labels are our own words out of small sets: an id never is one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from schemas import decode_session_event
from worker.announcement import Announcement
from worker.core.eligibility import GATES, NOBODY, RULES
from worker.core.transition import Transition

if TYPE_CHECKING:
    from worker.dead_letters import Failure

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

RELEASED = "released"
"""Why a session waits that was taken from its agent."""

UNKNOWN = "unknown"
"""Why a session waits that another program put there."""

WAITING_REASONS = (
    NOBODY,
    *dict.fromkeys(rule.waiting for rule in RULES),
    *(gate.name for gate in GATES),
    RELEASED,
    UNKNOWN,
)


class Durations(Collector):
    """A histogram that takes a batch at a time: the library's own takes a lock for each value."""

    def __init__(self, name: str, text: str, bounds: Sequence[float]) -> None:
        self._name, self._text, self._bounds = name, text, bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        REGISTRY.register(self)

    def add(self, seconds: list[float]) -> None:
        """Count them in."""
        # Sorted, they are counted by the bucket: a step of Python for each of them costs twice as much.
        seconds.sort()
        places = (0, *(bisect_right(seconds, bound) for bound in self._bounds), len(seconds))
        for bucket, (below, upto) in enumerate(pairwise(places)):
            self._counts[bucket] += upto - below
        self._sum += sum(seconds)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram as it is now; called by the registry."""
        names = (*(str(float(bound)) for bound in self._bounds), "+Inf")
        buckets = list(zip(names, map(float, accumulate(self._counts)), strict=True))
        yield HistogramMetricFamily(self._name, self._text, buckets=buckets, sum_value=self._sum)


HANDOVERS = Counter(
    "handover_handovers_total",
    "Handovers taken from the queue and settled, but for dead letters, by what became of them.",
    ["outcome"],
    registry=REGISTRY,
)
DEAD_LETTERED = Counter(
    "handover_dead_lettered_total",
    "Messages that became dead letters, by the queue they came by and the reason.",
    ["queue", "reason"],
    registry=REGISTRY,
)
CARED_FOR = Counter(
    "handover_cared_for_events_total",
    "Events of sessions that no handover touched: drained, passed on or released.",
    ["work"],
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "handover_batch_size",
    "Handovers in one committed transaction.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
    registry=REGISTRY,
)
FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TRANSACTION = Histogram(
    "handover_transaction_duration_seconds",
    "Time of one transaction with a batch of handovers, also of one that failed.",
    buckets=FAST,
    registry=REGISTRY,
)
PUBLISH = Histogram(
    "handover_publish_duration_seconds",
    "Time from publishing a window of events to the last of its confirms.",
    buckets=FAST,
    registry=REGISTRY,
)
PUBLISHED = Counter(
    "handover_published_events_total",
    "Events published, by the broker's answer.",
    ["answer"],
    registry=REGISTRY,
)
TIME_TO_ASSIGN = Durations(
    "handover_time_to_assign_seconds",
    "Time from when the customer asked, or lost their agent, to when an agent was assigned.",
    (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)

OPEN_SESSIONS = Gauge(
    "handover_open_sessions", "Open sessions in the database.", ["status"], registry=REGISTRY
)
WAITING_SESSIONS = Gauge(
    "handover_waiting_sessions",
    "Sessions without an agent in the database, by why they wait.",
    ["reason"],
    registry=REGISTRY,
)
LONGEST_WAIT = Gauge(
    "handover_longest_wait_seconds", "How long the session that waits longest has.", registry=REGISTRY
)
OUTBOX_EVENTS = Gauge(
    "handover_outbox_events", "Events in the database that no broker has confirmed.", registry=REGISTRY
)
OUTBOX_AGE = Gauge("handover_outbox_age_seconds", "Age of the oldest of these events.", registry=REGISTRY)
DEAD_LETTERS = Gauge(
    "handover_dead_letters", "Dead letters in the database that wait for an operator.", registry=REGISTRY
)
COUNTED_AT = Gauge(
    "handover_database_counted_timestamp_seconds",
    "When what is in the database was last counted.",
    registry=REGISTRY,
)
BUILD_INFO = Gauge(
    "handover_build_info", "1, with what is running.", ["version", "python"], registry=REGISTRY
)

ASSIGNED, WAITING, REDELIVERED = map(HANDOVERS.labels, ("assigned", "waiting", "redelivered"))
for _answer in ("confirmed", "refused"):
    PUBLISHED.labels(_answer)
for _work in ("drained", "passed_on", "released"):
    CARED_FOR.labels(_work)


def handled(decisions: Sequence[Transition], *, redelivered: int, size: int) -> None:
    """A batch of handovers is committed and settled: what became of them."""
    waits = [
        (decision.decided_at - decision.asked_at).total_seconds()
        for decision in decisions
        if decision.what == "assigned"
    ]
    ASSIGNED.inc(len(waits))
    WAITING.inc(len(decisions) - len(waits))
    REDELIVERED.inc(redelivered)
    BATCH_SIZE.observe(size)
    TIME_TO_ASSIGN.add(waits)


def cared_for(work: str, announcements: Sequence[Announcement]) -> None:
    """Sessions were moved that no handover touched."""
    CARED_FOR.labels(work).inc(len(announcements))
    events = map(decode_session_event, (announcement.body for announcement in announcements))
    TIME_TO_ASSIGN.add([(event.waited_ms or 0) / 1000 for event in events if event.what == "assigned"])


def published(confirmed: int, refused: int) -> None:
    """The broker has answered for a window of events."""
    answers: dict[Literal["confirmed", "refused"], int] = {"confirmed": confirmed, "refused": refused}
    for answer, count in answers.items():
        PUBLISHED.labels(answer).inc(count)


def dead_lettered(failures: Iterable["Failure"]) -> None:
    """Letters were written."""
    for failure in failures:
        DEAD_LETTERED.labels(failure.delivery.subscription.queue, failure.reason).inc()
