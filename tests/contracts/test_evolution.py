"""What a comparison of two schemas catches, and what it lets pass."""

from copy import deepcopy
from typing import Any

import pytest
from evolution import breaking_changes, moved_channels

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"const": "a.v1"},
        "data": {"$ref": "#/$defs/Data"},
    },
    "required": ["type", "data"],
    "$defs": {
        "Data": {
            "description": "words",
            "type": "object",
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": 50, "format": "uuid"},
                "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                "status": {"enum": ["online", "offline"], "type": "string"},
                "count": {"type": "integer", "minimum": 0},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["id", "count"],
        }
    },
}
FIELDS = ("$defs", "Data", "properties")


def changed(*path: str, to: object = None, **fields: object) -> dict[str, Any]:
    """The schema with a member set to something else, or some of its fields; `None` removes it."""
    schema = deepcopy(SCHEMA)
    place: Any = schema
    for step in path[:-1]:
        place = place[step]
    if fields:
        place[path[-1]] = {**place[path[-1]], **fields}
    elif to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return schema


def test_nothing_changed_is_nothing_broken() -> None:
    assert breaking_changes(SCHEMA, deepcopy(SCHEMA), we_read=True) == []
    assert breaking_changes(SCHEMA, deepcopy(SCHEMA), we_read=False) == []


BOTH = [
    (changed(*FIELDS, "name"), ".data.name: is gone"),
    (changed("properties", "data"), ".data: is gone"),
]
READ = [
    (changed("$defs", "Data", "required", to=["id", "count", "name"]), ".data.name: leaving it out is"),
    (changed(*FIELDS, "name", to={"type": "string"}), ".data.name: null is"),
    (changed(*FIELDS, "count", to={"type": "string"}), ".data.count: integer is"),
    (changed(*FIELDS, "id", maxLength=40), ".data.id: string with maxLength 50, not 40, is"),
    (changed(*FIELDS, "id", minLength=2), ".data.id: string with minLength 1, not 2, is"),
    (changed(*FIELDS, "count", maximum=9), ".data.count: integer with any maximum, not 9, is"),
    (changed(*FIELDS, "count", multipleOf=2), ".data.count: integer with any multipleOf, not 2, is"),
    (changed(*FIELDS, "status", enum=["online"]), ".data.status: string 'offline' is"),
    (changed(*FIELDS, "tags", items={"type": "integer"}), ".data.tags[]: string is"),
    (changed("$defs", "Data", additionalProperties=False), ".data: an unknown field is"),
    (changed("properties", "type", const="a.v2"), ".type: string 'a.v1' is"),
]
WRITTEN = [
    (changed("$defs", "Data", "required", to=["id"]), ".data.count: leaving it out is"),
    (changed(*FIELDS, "count", to={"type": ["integer", "null"], "minimum": 0}), ".data.count: null is"),
    (changed(*FIELDS, "count", to={"type": "number", "minimum": 0}), ".data.count: number is"),
    (changed(*FIELDS, "id", maxLength=60), ".data.id: string with maxLength 60, not 50, is"),
    (changed(*FIELDS, "id", format=None), ".data.id: string with format None, not 'uuid', is"),
    (changed(*FIELDS, "status", enum=["online", "offline", "away"]), ".data.status: string 'away' is"),
    (changed(*FIELDS, "status", to={"type": "string"}), ".data.status: string of another value is"),
    (changed(*FIELDS, "tags", items={}), ".data.tags[]: null is"),
]
ADDITIVE = [
    changed("$defs", "Data", description="other words"),
    changed(*FIELDS, "new", to={"type": "string"}),
]
WIDER = [
    changed("$defs", "Data", "required", to=["id"]),
    changed(*FIELDS, "id", maxLength=60),
    changed(*FIELDS, "count", to={"type": "number", "minimum": 0}),
    changed(*FIELDS, "status", enum=["online", "offline", "away"]),
]
NARROWER = [
    changed("$defs", "Data", "required", to=["id", "count", "status"]),
    changed(*FIELDS, "id", maxLength=40),
    changed(*FIELDS, "status", enum=["online"]),
]


@pytest.mark.parametrize(("now", "what"), [*BOTH, *READ])
def test_we_no_longer_read_what_a_bot_may_send(now: dict[str, Any], what: str) -> None:
    assert any(change.startswith(what) for change in breaking_changes(SCHEMA, now, we_read=True))


@pytest.mark.parametrize(("now", "what"), [*BOTH, *WRITTEN])
def test_we_write_what_a_subscriber_cannot_expect(now: dict[str, Any], what: str) -> None:
    assert any(change.startswith(what) for change in breaking_changes(SCHEMA, now, we_read=False))


@pytest.mark.parametrize("now", [*ADDITIVE, *WIDER])
def test_we_may_read_more(now: dict[str, Any]) -> None:
    assert breaking_changes(SCHEMA, now, we_read=True) == []


@pytest.mark.parametrize("now", [*ADDITIVE, *NARROWER])
def test_we_may_write_less(now: dict[str, Any]) -> None:
    assert breaking_changes(SCHEMA, now, we_read=False) == []


def test_a_channel_stays_where_it_is() -> None:
    exchange = {"bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "desk"}}}}
    other = {"bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "front"}}}}
    was = {"channels": {"a": {"address": "a", **exchange}, "b": {"address": "b", **exchange}}}
    added = {"channels": {**was["channels"], "c": {"address": "c", **exchange}}}
    moved = {"channels": {"a": {"address": "a", **other}}}

    assert moved_channels(was, added) == []
    assert moved_channels(was, moved) == [
        "channel a: was a of desk, now a of front",
        "channel b: was b of desk, now gone",
    ]
