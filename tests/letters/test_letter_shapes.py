"""Every `--json` line is of a shape that has a schema, with all its fields and no others."""

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

from worker.letters.shapes import (
    AuditRow,
    Group,
    ListedLetter,
    PlannedGroup,
    RawLetter,
    ReplayedLetter,
    SetAside,
    ShownLetter,
)

LINES: dict[str, type] = {
    "list --state all --json": ListedLetter,
    "groups --state all --json": Group,
    "show LETTER --json": ShownLetter,
    "export --raw": RawLetter,
    "replay --all --dry-run --json": PlannedGroup,
    "replay --all --json": ReplayedLetter,
    "edit LETTER --set data.priority=1 --json": ReplayedLetter,
    "discard --all --yes --json": SetAside,
    "restore --all --json": SetAside,
    "purge --older-than 1d --yes --json": SetAside,
    "history --json": AuditRow,
}


@pytest.fixture
async def letter(connection: asyncpg.Connection) -> UUID:
    """One letter of every kind; the one that can be edited."""
    await given_agents(connection)
    await given_letter(connection, body=b"\xff", reason="invalid-json", at=at(8))
    await given_letter(connection, a_handover("1"), state="discarded", at=at(8))
    await given_letter(connection, a_handover("2"), state="replayed", at=at(8))
    return await given_letter(connection, a_handover("3"), properties={"headers": {"a": [1, None]}}, at=at(9))


@pytest.mark.parametrize(("command", "shape"), LINES.items(), ids=[*LINES])
async def test_every_line_is_of_its_shape(
    environment: dict[str, str], start_workers: StartWorkers, letter: UUID, command: str, shape: type
) -> None:
    words = command.replace("LETTER", str(letter)).split()
    if words[0] in ("replay", "edit"):
        await start_workers()
    if words[0] in ("history", "show"):
        handover(environment, "dead-letters", "discard", letter, "--yes")
        handover(environment, "dead-letters", "restore", letter)

    result = await dead_letters(environment, *words)

    assert result.returncode in (0, 4), result.stderr
    assert result.stdout
    kind: TypeAdapter[Any] = TypeAdapter(shape)
    assert kind.json_schema(mode="serialization")
    for line in result.stdout.splitlines():
        assert from_json(to_json(kind.validate_json(line))) == from_json(line)
