"""Where spans go: by OTLP over HTTP, to where OpenTelemetry's own variables say, from a thread of its library's."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SPAN_LINK_COUNT_LIMIT
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from worker.config import Settings
from worker.hosts import each_host
from worker.spans import Spans
from worker.topology import Topology

DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671}
LAST_WORDS = 0.05
"""Of the time from SIGTERM to exit, what a collector has for the last spans."""


@asynccontextmanager
async def exported(settings: Settings, name: str) -> AsyncIterator[Spans]:
    """Spans that go by OTLP over HTTP, to where OpenTelemetry's own variables say; what is left, at the end."""
    ours = {"service.name": "handover-worker", "service.version": version("handover-worker")}
    # A batch is linked to as many traces as it has handovers, and the default is to forget all but 128.
    links = None if OTEL_SPAN_LINK_COUNT_LIMIT in os.environ else settings.batch
    provider = TracerProvider(
        resource=Resource.create(ours).merge(OTELResourceDetector().detect()),
        span_limits=SpanLimits(max_links=links),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("handover-worker", version("handover-worker"))
    topology = Topology(settings.exchange, settings.sessions_exchange)
    try:
        yield Spans(tracer, topology, {"messaging.client.id": name, **_broker(settings.amqp)})
    finally:
        await _shut_down(provider, LAST_WORDS * settings.shutdown_seconds)


async def _shut_down(provider: TracerProvider, within_seconds: float) -> None:
    """It blocks for as long as a collector takes: in a thread that nobody waits for longer than this."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def shut_down() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # nobody has waited for it
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=shut_down, daemon=True).start()
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), within_seconds)


def _broker(url: str) -> dict[str, str | int]:
    first = urlsplit(each_host(url)[0])
    return {
        "server.address": first.hostname or "localhost",
        "server.port": first.port or DEFAULT_PORTS[first.scheme],
    }
