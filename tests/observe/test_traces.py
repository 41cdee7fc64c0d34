"""With HANDOVER_TRACES a worker writes spans, by OpenTelemetry's conventions for messaging; else there is none."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any, cast

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractIncomingMessage
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from builders import given_agents
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pamqp.commands import Basic
from processes import IN_TIME, Bot, StartWorkers

from worker.config import Settings
from worker.framing import Outgoing
from worker.otlp import exported
from worker.subscription import Delivery, Subscription
from worker.topology import REQUESTED, Topology

TRACE, BOT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
BODY = b'{"tenantId": "acme", "contactId": "254745050238"}'
SOURCE = "handover:handover.requested:handover.requests"
TARGET = "sessions:session.assigned.{tenant}.{agent}"


class Collector:
    """Takes spans as a collector does, by OTLP over HTTP."""

    def __init__(self) -> None:
        self.requests: Queue[ExportTraceServiceRequest] = Queue()
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                requests.put(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def settings(self) -> dict[str, str]:
        endpoint = f"http://127.0.0.1:{self.server.server_port}"
        return {"HANDOVER_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}

    def spans(self) -> list[Span]:
        """All that have come since they were last asked for, in the order they began."""
        found: list[Span] = []
        while not self.requests.empty():
            for resource in self.requests.get().resource_spans:
                self.resource = _attributes(resource.resource)
                found.extend(span for scope in resource.scope_spans for span in scope.spans)
        return sorted(found, key=lambda span: span.start_time_unix_nano)


@pytest.fixture
def collector() -> Iterator[Collector]:
    opened = Collector()
    thread = Thread(target=opened.server.serve_forever, args=(0.01,))
    thread.start()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
    thread.join()


@asynccontextmanager
async def subscribed(amqp_url: str) -> AsyncIterator["asyncio.Queue[AbstractIncomingMessage]"]:
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    async with await aio_pika.connect(amqp_url) as subscribing:
        channel = await subscribing.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(Topology().sessions, "#")
        await queue.consume(arrived.put, no_ack=True)
        yield arrived


async def test_a_trace_goes_from_the_bot_by_the_worker_to_the_subscriber(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, amqp_url: str, collector: Collector
) -> None:
    [agent] = await given_agents(connection)
    [worker] = await start_workers(**collector.settings, OTEL_RESOURCE_ATTRIBUTES="deployment=test")
    async with subscribed(amqp_url) as arrived:
        await bot.publish(BODY, message_id="e-1", headers={"traceparent": f"00-{TRACE}-{BOT}-01"})
        event = await asyncio.wait_for(arrived.get(), IN_TIME)
        await bot.publish(BODY, message_id="e-2")
        untraced = await asyncio.wait_for(arrived.get(), IN_TIME)
    assert await worker.stop() == 0

    process, send, second = collector.spans()
    assert (process.name, process.kind) == (f"process {SOURCE}", Span.SPAN_KIND_CONSUMER)
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in process.links] == [(TRACE, BOT)]
    assert [_attributes(link) for link in process.links] == [{"messaging.message.id": "e-1"}]
    assert (process.parent_span_id, process.status.code) == (b"", Status.STATUS_CODE_UNSET)
    assert _attributes(process).items() >= {
        ("messaging.system", "rabbitmq"),
        ("messaging.operation.name", "process"),
        ("messaging.operation.type", "process"),
        ("messaging.destination.name", SOURCE),
        ("messaging.batch.message_count", 1),
        ("server.address", "127.0.0.1"),
    }
    assert (send.name, send.kind) == (f"send {TARGET}", Span.SPAN_KIND_PRODUCER)
    assert (send.trace_id.hex(), send.parent_span_id.hex()) == (TRACE, BOT)
    assert _attributes(send).items() >= {
        ("messaging.operation.type", "send"),
        ("messaging.destination.name", f"sessions:session.assigned.acme.{agent}"),
        ("messaging.destination.template", TARGET),
        ("messaging.message.id", event.message_id),
        ("messaging.message.conversation_id", "e-1"),
    }
    assert event.headers == {"traceparent": f"00-{TRACE}-{send.span_id.hex()}-01"}
    assert (second.name, list(second.links), untraced.headers) == (process.name, [], {})
    assert collector.resource.items() >= {("service.name", "handover-worker"), ("deployment", "test")}


async def test_a_bot_that_did_not_sample_costs_no_span_and_is_passed_on(
    start_workers: StartWorkers, bot: Bot, amqp_url: str, collector: Collector
) -> None:
    [worker] = await start_workers(**collector.settings)
    async with subscribed(amqp_url) as arrived:
        await bot.publish(BODY, message_id="e-1", headers={"traceparent": f"00-{TRACE}-{BOT}-00"})
        event = await asyncio.wait_for(arrived.get(), IN_TIME)
    assert await worker.stop() == 0

    assert [span.name for span in collector.spans()] == [f"process {SOURCE}"]
    assert str(event.headers["traceparent"]).startswith(f"00-{TRACE}-")
    assert str(event.headers["traceparent"]).endswith("-00")


async def test_a_collector_that_is_away_holds_up_nothing(
    start_workers: StartWorkers, bot: Bot, amqp_url: str
) -> None:
    away = {"HANDOVER_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    [worker] = await start_workers(**away, OTEL_BSP_SCHEDULE_DELAY="50")
    async with subscribed(amqp_url) as arrived:
        for number in range(3):
            await bot.publish(BODY, message_id=f"e-{number}", headers={"traceparent": f"00-{TRACE}-{BOT}-01"})
            await asyncio.wait_for(arrived.get(), IN_TIME)
    assert await worker.stop() == 0


@pytest.fixture
def told(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in collector.settings.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


async def test_what_the_broker_refused_is_an_error_of_that_one_and_what_is_lost_of_all(
    told: Settings, collector: Collector
) -> None:
    async with exported(told, "test") as spans:
        with spans.sending([_event("1"), _event("2")]) as sending:
            sending.refused = {1: DeliveryError(None, Basic.Nack(2))}
        with pytest.raises(ConnectionResetError), spans.sending([_event("3"), _event("4")]):
            raise ConnectionResetError
    assert [_attributes(span).get("error.type") for span in collector.spans()] == [
        None,
        "DeliveryError",
        "ConnectionResetError",
        "ConnectionResetError",
    ]


async def test_a_batch_is_linked_to_every_trace_in_it(told: Settings, collector: Collector) -> None:
    async with exported(told, "test") as spans:
        with spans.processing([_delivery(number) for number in range(1, 1001)]):
            pass
    [span] = collector.spans()
    assert (len(span.links), span.dropped_links_count) == (1000, 0)


def test_unless_asked_for_nothing_of_opentelemetry_is_even_imported() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, worker.app, worker.cli.worker; print(*sys.modules, sep='\\n')"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {name.partition(".")[0] for name in found.stdout.splitlines()}
    assert "worker" in names
    assert names.isdisjoint({"opentelemetry", "google", "requests"})


def _attributes(of: Any) -> dict[str, str | int]:
    values = {each.key: each.value for each in of.attributes}
    return {key: getattr(value, value.WhichOneof("value")) for key, value in values.items()}


def _event(message_id: str) -> Outgoing:
    return Outgoing(
        routing_key="session.waiting.acme.-",
        content_type="application/cloudevents+json",
        correlation_id=None,
        message_id=message_id,
        timestamp=datetime.now(UTC),
        type="session.waiting.v1",
        app_id="handover-worker",
        body=b"{}",
        headers={"traceparent": f"00-{TRACE}-{BOT}-01"},
    )


def _delivery(number: int) -> Delivery:
    properties = Basic.Properties(headers={"traceparent": f"00-{TRACE}-{number:016x}-01"})
    subscription = Subscription(cast("Channel", None), Topology().requests, lambda _: None)
    return Delivery(subscription, number, BODY, properties, Topology().exchange, REQUESTED)
