"""Every `--json` line has a schema, and is what the schema says."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents
from commands import handover
from letterbox import at, given_letter
from operators import dead_letters
from processes import StartWorkers
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from worker.letters.shapes import SHAPES

Schema = dict[str, Any]

WORDS: dict[str, tuple[object, ...]] = {
    "dead-letters list": ("list", "--state", "all", "--json"),
    "dead-letters groups": ("groups", "--state", "all", "--json"),
    "dead-letters show": ("show", "LETTER", "--json"),
    "dead-letters export --raw": ("export", "--raw"),
    "dead-letters replay --dry-run": ("replay", "--all", "--dry-run", "--json"),
    "dead-letters replay": ("replay", "--all", "--json"),
    "dead-letters edit": ("edit", "LETTER", "--set", "data.priority=1", "--json"),
    "dead-letters discard": ("discard", "--all", "--yes", "--json"),
    "dead-letters restore": ("restore", "--all", "--json"),
    "dead-letters purge": ("purge", "--older-than", "1d", "--yes", "--json"),
    "dead-letters history": ("history", "--json"),
}


def conforms(value: Any, schema: Schema, definitions: Schema) -> bool:
    """Whether JSON is as the schema says; a property it does not name is none."""
    if "$ref" in schema:
        return conforms(value, definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return any(conforms(value, option, definitions) for option in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    match schema.get("type"):
        case "object" if "properties" in schema:
            return value.keys() == schema["properties"].keys() and all(
                conforms(value[name], part, definitions) for name, part in schema["properties"].items()
            )
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list) and all(
                conforms(each, schema["items"], definitions) for each in value
            )
        case "string":
            return isinstance(value, str) and (schema.get("format") != "uuid" or str(UUID(value)) == value)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case None:
            return True
    raise AssertionError(schema)


def test_every_command_that_prints_json_has_a_shape() -> None:
    assert WORDS.keys() == SHAPES.keys()


@pytest.fixture
async def letter(connection: asyncpg.Connection) -> UUID:
    """One letter of every kind; the one that can be edited."""
    await given_agents(connection)
    await given_letter(connection, body=b"\xff", reason="invalid-json", at=at(8))
    await given_letter(connection, a_handover("1"), state="discarded", at=at(8))
    await given_letter(connection, a_handover("2"), state="replayed", at=at(8))
    return await given_letter(connection, a_handover("3"), properties={"headers": {"a": [1, None]}}, at=at(9))


@pytest.mark.parametrize("command", WORDS)
async def test_every_line_is_as_its_schema_says(
    environment: dict[str, str], start_workers: StartWorkers, letter: UUID, command: str
) -> None:
    words = [letter if word == "LETTER" else word for word in WORDS[command]]
    if command in ("dead-letters replay", "dead-letters edit"):
        await start_workers()
    if command in ("dead-letters history", "dead-letters show"):
        handover(environment, "dead-letters", "discard", letter, "--yes")
        handover(environment, "dead-letters", "restore", letter)

    result = await dead_letters(environment, *words)

    assert result.returncode in (0, 4), result.stderr
    assert result.stdout
    kind: TypeAdapter[Any] = TypeAdapter(SHAPES[command])
    schema = kind.json_schema(mode="serialization")
    for line in result.stdout.splitlines():
        assert conforms(json.loads(line), schema, schema.get("$defs", {})), line
        assert from_json(to_json(kind.validate_json(line))) == from_json(line)
