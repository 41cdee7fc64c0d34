"""`/api/health`: throughput, time to assign, queues, outbox, dependencies, workers."""

from worker.console.desk import Console
from worker.console.endpoint import Endpoint
from worker.console.gate import Visitor
from worker.console.pulse import Health
from worker.console.watching import look, measure

STALE_SECONDS = 10.0


async def health(console: Console, *, visitor: Visitor) -> Health:
    """As it is now, whatever is away."""
    del visitor
    if console.pulse.age_seconds > STALE_SECONDS:
        console.pulse.queues = await console.depths()
        await look(console, measure)
    return console.pulse.health()


ENDPOINTS = [Endpoint("GET", "/api/health", "How the system does.", health, Health, shared=True)]
