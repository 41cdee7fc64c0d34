"""`handover sessions` as a script runs it, and what its JSON has to look like."""

import json
from collections.abc import Mapping
from typing import Any

from builders import TENANT
from commands import Result, handover
from pydantic import TypeAdapter

from worker.cli.sessions_schemas import KINDS

CONTACT = "254745050238"
AS_WRITTEN = "+254 745 050 238"


def sessions_command(environment: Mapping[str, str], command: str, *words: object, **options: Any) -> Result:
    """What became of `handover sessions <command>` for the contact of these tests, as people write it."""
    return handover(
        environment, "sessions", command, "--tenant", TENANT, "--contact", AS_WRITTEN, *words, **options
    )


def told(result: Result, command: str) -> dict[str, Any]:
    """The one JSON object on stdout, which has to be as the command's schema says."""
    [line] = result.stdout.splitlines()
    return as_the_schema_says(line, command)


def as_the_schema_says(line: str, command: str) -> dict[str, Any]:
    TypeAdapter(KINDS[command]).validate_json(line, by_alias=True, by_name=False)
    found: dict[str, Any] = json.loads(line)
    assert not found.keys() ^ schema_of(command)["properties"].keys()
    return found


def schema_of(command: str) -> dict[str, Any]:
    return TypeAdapter(KINDS[command]).json_schema(mode="serialization")
