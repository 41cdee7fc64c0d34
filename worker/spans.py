"""OpenTelemetry: a span for each batch that is processed, and for each event that is sent of a handover with a trace.

Names, kinds and attributes are those of its semantic conventions for messaging, and for RabbitMQ, which are still in
development. A batch belongs to the traces of many bots, so its span is linked to them; an event belongs to the trace of
one, so its span is a child there, and what its subscriber does goes on from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from schemas.trace import TRACEPARENT, traceparent
from worker.broker import complaint
from worker.framing import Outgoing
from worker.subscription import Delivery
from worker.topology import REQUESTED, Topology
from worker.tracing import Sending

_w3c = TraceContextTextMapPropagator()


class Spans:
    """Writes spans by a tracer. `common` are the attributes of all of them: which broker, and who we are to it."""

    def __init__(self, tracer: Tracer, topology: Topology, common: Mapping[str, str | int]) -> None:
        self._tracer = tracer
        self._topology = topology
        self._common = {"messaging.system": "rabbitmq", **common}
        self._source = f"{topology.exchange}:{REQUESTED}:{topology.requests}"

    @contextmanager
    def processing(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """One span for the batch, linked to the trace of each message that has one."""
        span = self._tracer.start_span(
            f"process {self._source}",
            context=Context(),
            kind=SpanKind.CONSUMER,
            links=[link for delivery in deliveries if (link := _link(delivery))],
            attributes={
                **self._common,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": self._source,
                "messaging.rabbitmq.destination.routing_key": REQUESTED,
                "messaging.batch.message_count": len(deliveries),
            },
        )
        try:
            yield
        except BaseException as error:
            _failed(span, error)
            raise
        finally:
            span.end()

    @contextmanager
    def sending(self, messages: Sequence[Outgoing]) -> Iterator[Sending]:
        """A span for each message with a trace, and the message with that span as its parent."""
        spans = {
            position: self._send(message)
            for position, message in enumerate(messages)
            if TRACEPARENT in message.headers
        }
        sending = Sending(
            [
                _carrying(spans[position], message) if position in spans else message
                for position, message in enumerate(messages)
            ]
        )
        try:
            yield sending
        except BaseException as error:
            for span in spans.values():
                _failed(span, error)
            raise
        finally:
            for position, span in spans.items():
                if why := sending.refused.get(position):
                    _failed(span, why)
                span.end()

    def _send(self, message: Outgoing) -> Span:
        exchange = self._topology.sessions
        template = f"{exchange}:{message.type.removesuffix('.v1')}.{{tenant}}.{{agent}}"
        attributes = {
            **self._common,
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": f"{exchange}:{message.routing_key}",
            "messaging.destination.template": template,
            "messaging.rabbitmq.destination.routing_key": message.routing_key,
            "messaging.message.id": message.message_id,
        }
        if message.correlation_id:
            attributes["messaging.message.conversation_id"] = message.correlation_id
        return self._tracer.start_span(
            f"send {template}",
            context=_w3c.extract(dict(message.headers), Context()),
            kind=SpanKind.PRODUCER,
            attributes=attributes,
        )


def _link(delivery: Delivery) -> Link | None:
    properties = delivery.properties
    header = traceparent(properties.headers or {})
    if header is None:
        return None
    bot = get_current_span(_w3c.extract({TRACEPARENT: header}, Context())).get_span_context()
    attributes = {"messaging.message.id": properties.message_id} if properties.message_id else None
    return Link(bot, attributes)


def _carrying(span: Span, message: Outgoing) -> Outgoing:
    headers = dict(message.headers)
    _w3c.inject(headers, set_span_in_context(span, Context()))
    return message._replace(headers=headers)


def _failed(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR, complaint(error)))
