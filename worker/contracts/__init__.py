"""The contracts in other words than Python's: JSON Schema of every event, AsyncAPI of the whole."""

import json
from importlib.metadata import version

from worker.contracts.asyncapi import document
from worker.contracts.events import TYPES, Schema, event_schema
from worker.topology import Topology

ASYNCAPI = "asyncapi.json"


def files(topology: Topology) -> dict[str, str]:
    """The text of each file, by its name; the names in them are those of the topology."""
    return {
        ASYNCAPI: _text(document(topology, version("handover-worker"))),
        **{f"events/{event_type}.json": _text(event_schema(event_type)) for event_type in TYPES},
    }


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
