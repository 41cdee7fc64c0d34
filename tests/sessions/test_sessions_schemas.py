"""Every `--json` of `handover sessions` has a schema beside the events'."""

from pathlib import Path

import pytest
import typer

from worker.cli.sessions import app
from worker.cli.sessions_schemas import FOLDER, KINDS, files


def test_every_command_has_one() -> None:
    assert {command.name for command in app.registered_commands} | {"explain"} == {*KINDS, None}
    assert isinstance(app, typer.Typer)


@pytest.mark.parametrize(("path", "text"), files().items(), ids=lambda value: getattr(value, "stem", ""))
def test_the_files_are_as_the_program_prints(path: Path, text: str) -> None:
    """`python -m worker.cli.sessions_schemas` writes them."""
    assert path.read_text(encoding="utf-8") == text


def test_no_file_is_left_over() -> None:
    assert {path for path in FOLDER.iterdir() if path.name.startswith("sessions-")} == set(files())
