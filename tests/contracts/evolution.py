"""What of a contract has changed such that somebody who keeps to the old one is hurt.

Bots write what we read, so we must go on reading all they may send; subscribers read what we write, so we must write
nothing they could not expect. Either way a field that is there stays.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

AT_LEAST = {"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"}
AT_MOST = {"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"}
ABOUT = {"$schema", "$id", "$defs", "title", "description", "examples", "default", "deprecated"}
STRUCTURE = {
    "type",
    "anyOf",
    "$ref",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "enum",
    "const",
}
KINDS = ("null", "boolean", "object", "array", "number", "integer", "string")

MISSING = object()


def breaking_changes(was: Schema, now: Schema, *, we_read: bool) -> list[str]:
    """Each, as the path of the field and what is wrong with it; none when the change is additive."""
    wide, narrow = (was, now) if we_read else (now, was)
    lost = _lost(was, now, was, now, "")
    word = "no longer taken" if we_read else "new to those who read it"
    return [*lost, *(f"{path}: {what} {word}" for path, what in _beyond(wide, narrow, wide, narrow, ""))]


def moved_channels(was: Schema, now: Schema) -> list[str]:
    """Channels of the former AsyncAPI document that are gone, or are elsewhere on the broker."""
    channels = now["channels"]
    places = {name: _place(channel) for name, channel in channels.items()}
    return [
        f"channel {name}: was {_place(channel)}, now {places.get(name, 'gone')}"
        for name, channel in was["channels"].items()
        if places.get(name) != _place(channel)
    ]


def _place(channel: Schema) -> str:
    binding = channel["bindings"]["amqp"]
    return f"{channel['address']} of {binding.get('exchange', binding.get('queue'))['name'] or 'the default exchange'}"


def _lost(was: Schema, now: Schema, was_root: Schema, now_root: Schema, path: str) -> Iterator[str]:
    """Fields that are gone."""
    ours, theirs = (_by_kind(*each).get("object", {}) for each in ((was, was_root), (now, now_root)))
    fields = theirs.get("properties", {})
    for name, member in ours.get("properties", {}).items():
        if name in fields:
            yield from _lost(member, fields[name], was_root, now_root, f"{path}.{name}")
        else:
            yield f"{path}.{name}: is gone"


def _beyond(
    wide: Schema, narrow: Schema, wide_root: Schema, narrow_root: Schema, path: str
) -> Iterator[tuple[str, str]]:
    """What `wide` allows and `narrow` does not."""
    ours, theirs = _by_kind(wide, wide_root), _by_kind(narrow, narrow_root)
    for kind, one in ours.items():
        other = theirs.get(kind, theirs.get("number") if kind == "integer" else None)
        if other is None:
            yield path, f"{kind} is"
            continue
        yield from ((path, f"{kind} {what} is") for what in _looser(one, other))
        if kind == "object":
            yield from _beyond_object(one, other, wide_root, narrow_root, path)
        if kind == "array":
            items = one.get("items", {}), other.get("items", {})
            yield from _beyond(*items, wide_root, narrow_root, f"{path}[]")


def _beyond_object(
    wide: Schema, narrow: Schema, wide_root: Schema, narrow_root: Schema, path: str
) -> Iterator[tuple[str, str]]:
    required = set(wide.get("required", ()))
    for name in sorted(set(narrow.get("required", ())) - required):
        yield f"{path}.{name}", "leaving it out is"
    if (
        narrow.get("additionalProperties", True) is False
        and wide.get("additionalProperties", True) is not False
    ):
        yield path, "an unknown field is"
    for name in sorted(wide.get("properties", {}).keys() & narrow.get("properties", {}).keys()):
        members = wide["properties"][name], narrow["properties"][name]
        yield from _beyond(*members, wide_root, narrow_root, f"{path}.{name}")


def _looser(one: Schema, other: Schema) -> Iterator[str]:
    """The rules that hold in `other` and not, or less, in `one`; a rule that is unknown here counts when it differs."""
    for value in _values(one) or ():
        allowed = _values(other)
        if allowed is not None and value not in allowed:
            yield repr(value)
    if _values(one) is None and _values(other) is not None:
        yield "of another value"
    for rule in sorted(other.keys() - ABOUT - STRUCTURE):
        mine, its = one.get(rule, MISSING), other[rule]
        if rule in AT_LEAST | AT_MOST and mine is not MISSING:
            if (mine < its) if rule in AT_LEAST else (mine > its):
                yield f"with {rule} {mine}, not {its},"
        elif mine is MISSING:
            yield f"with any {rule}, not {its!r},"
        elif mine != its:
            yield f"with {rule} {mine!r}, not {its!r},"


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _by_kind(schema: Schema, root: Schema) -> dict[str, Schema]:
    """A schema for each kind of JSON value it allows."""
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        return {kind: each for one in schema["anyOf"] for kind, each in _by_kind(one, root).items()}
    kinds = schema.get("type", _kinds_of(_values(schema)))
    return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)


def _kinds_of(values: list[Any] | None) -> list[str]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return list(KINDS) if values is None else sorted({names[type(value)] for value in values})


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Any = root
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
