"""The AsyncAPI document: where on the broker each event travels, and how one would declare it."""

import re
from typing import Any

from aio_pika.abc import ExchangeType

from schemas import CONTENT_TYPE, HANDOVER_TYPE
from worker.contracts.events import INBOUND, OUTBOUND, Schema, data_schema, envelope_schema
from worker.topology import Binding, Topology, bindings, exchanges, queues

VERSION = "3.1.0"
AMQP = "0.3.0"

ROUTED: dict[str, str] = {event_type: event_type.removesuffix(".v1") for event_type in INBOUND}
"""The routing key of each event that the worker reads."""

ANSWERS = ("session.assigned.v1", "session.waiting.v1")
"""What a handover comes to."""


def document(topology: Topology, version: str) -> Schema:
    """Of the worker as the application: it receives what bots and agents publish, and sends what subscribers read."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "handover-worker",
            "version": version,
            "description": "A bot gives up on a conversation; one human agent has it, in fair turn, and every screen"
            " knows. A body is a structured CloudEvent 1.0. The worker also reads binary mode, with attributes as"
            " headers `ce-*`, and plain JSON, which is the data alone. Unknown fields are ignored.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            **{_name(event_type): _published(topology, event_type) for event_type in INBOUND},
            **{_name(event_type): _announced(topology, event_type) for event_type in OUTBOUND},
            "replies": _replies(),
            **{_name(queue): _queue(topology, queue) for queue in queues(topology)},
        },
        "operations": {
            **{f"receive.{_name(each)}": _operation("receive", each) for each in INBOUND},
            **{f"send.{_name(each)}": _operation("send", each) for each in OUTBOUND},
        },
        "components": {
            "messages": {
                **{each: _message(each) for each in [*INBOUND, *OUTBOUND]},
                PLAIN: _plain_handover(),
            },
            "schemas": _schemas(),
        },
    }


PLAIN = "handover.requested.plain"


def _published(topology: Topology, event_type: str) -> Schema:
    messages = [event_type, PLAIN] if event_type == HANDOVER_TYPE else [event_type]
    return _routed(topology, topology.exchange, ROUTED[event_type]) | {"messages": _references(messages)}


def _announced(topology: Topology, event_type: str) -> Schema:
    key = f"session.{OUTBOUND[event_type]}.{{tenant}}.{{agent}}"
    return _routed(topology, topology.sessions, key) | {
        "parameters": {
            "tenant": {"description": "The tenantId, `_` for each character outside [A-Za-z0-9_-]."},
            "agent": {"description": "The id of who has the session, or had it; `-` for nobody."},
        },
        "messages": _references([event_type]),
    }


def _routed(topology: Topology, exchange: str, key: str) -> Schema:
    place = {
        "name": exchange,
        "type": exchanges(topology)[exchange].value,
        "durable": True,
        "autoDelete": False,
    }
    return {"address": key, "bindings": _amqp({"is": "routingKey", "exchange": place})}


def _replies() -> Schema:
    place = {"name": "", "type": ExchangeType.DIRECT.value, "durable": True, "autoDelete": False}
    return {
        "address": None,
        "description": "The queue that the handover named in its AMQP property reply_to, through the default exchange.",
        "messages": _references(ANSWERS),
        "bindings": _amqp({"is": "routingKey", "exchange": place}),
    }


def _queue(topology: Topology, queue: str) -> Schema:
    read = (
        []
        if queue == topology.dead_letters
        else [each for each in INBOUND if _reaches(topology, queue, each)]
    )
    place = {"name": queue, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": queue,
        "description": "Declared by each worker as it starts; `x-arguments` are its arguments.",
        "messages": _references(read),
        "bindings": _amqp(
            {
                "is": "queue",
                "queue": place,
                "x-arguments": queues(topology)[queue],
                "x-bindings": _bound(topology, queue),
            }
        ),
    }


def _bound(topology: Topology, queue: str) -> list[Schema]:
    return [
        {"exchange": each.exchange, "routingKey": each.key}
        for each in bindings(topology)
        if each.queue == queue
    ]


def _reaches(topology: Topology, queue: str, event_type: str) -> bool:
    return any(each.queue == queue and _matches(each, ROUTED[event_type]) for each in bindings(topology))


def _matches(binding: Binding, routing_key: str) -> bool:
    pattern = re.escape(binding.key).replace(r"\#", ".*").replace(r"\*", r"[^.]*")
    return re.fullmatch(pattern, routing_key) is not None


def _operation(action: str, event_type: str) -> Schema:
    reply = {
        "reply": {
            "address": {"location": "$message.header#/replyTo"},
            "channel": {"$ref": "#/channels/replies"},
        }
    }
    binding = (
        {"ack": True} if action == "receive" else {"deliveryMode": 2, "mandatory": False, "timestamp": True}
    )
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_name(event_type)}"},
        "bindings": _amqp(binding),
        **(reply if event_type == HANDOVER_TYPE else {}),
    }


def _message(event_type: str) -> Schema:
    return {
        "name": event_type,
        "title": event_type,
        "contentType": CONTENT_TYPE,
        "payload": _json_schema(event_type),
        "bindings": _amqp({"messageType": event_type}),
    }


def _plain_handover() -> Schema:
    """The worker knows such a message by its id, so it has to have one."""
    return {
        "name": PLAIN,
        "title": "handover.requested.v1 as plain JSON",
        "summary": "The data alone; the AMQP property message_id is the event's id.",
        "contentType": "application/json",
        "payload": _json_schema(data_schema(HANDOVER_TYPE)[0]),
    }


def _schemas() -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    for event_type in [*INBOUND, *OUTBOUND]:
        name, data = data_schema(event_type)
        schemas[name] = data
        schemas[event_type] = envelope_schema(event_type, f"#/components/schemas/{name}")
    return schemas


def _json_schema(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _references(messages: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {message: {"$ref": f"#/components/messages/{message}"} for message in messages}


def _amqp(binding: Schema) -> Schema:
    return {"amqp": {**binding, "bindingVersion": AMQP}}


def _name(what: str) -> str:
    return what.removesuffix(".v1")
