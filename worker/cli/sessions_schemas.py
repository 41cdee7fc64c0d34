"""JSON Schemas of what `handover sessions ... --json` prints: `python -m worker.cli.sessions_schemas` writes them."""

import json
from pathlib import Path

from pydantic import TypeAdapter

import schemas
from worker.core.story import SessionRow, Story
from worker.sessions.draining import Drained
from worker.sessions.reports import Change, Removal

KINDS: dict[str, type] = {
    "list": SessionRow,
    "explain": Story,
    "reset": Change,
    "resolve": Change,
    "reassign": Change,
    "delete": Removal,
    "drain": Drained,
}
"""What each command prints; of `list` and `drain` a line each."""

FOLDER = Path(schemas.__file__).with_name("commands")


def files() -> dict[Path, str]:
    """The schema files as they have to be."""
    return {FOLDER / f"sessions-{command}.json": _schema(command) for command in KINDS}


def _schema(command: str) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(KINDS[command]).json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
