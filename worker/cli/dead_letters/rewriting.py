"""What somebody made of a letter: by --set, in a file, or in their editor."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from schemas import EventError
from worker.cli.failures import Refused
from worker.cli.lines import opened
from worker.letters import Letter
from worker.letters.copying import rewritten
from worker.letters.document import Document, event_of, event_of_body
from worker.letters.editing import BadChange, Edited


def written_copy(letter: Letter, number: int, changes: Sequence[str], path: Path | None) -> Edited:
    """The copy to send. Raises Refused for a change that cannot be made, or that makes no handover."""
    try:
        event = _event(letter, path) if changes or path else _from_editor(letter)
        return rewritten(letter, number, event, changes)
    except (EventError, BadChange) as error:
        raise Refused(f"nothing was sent: {error}") from error


def _event(letter: Letter, path: Path | None) -> Document:
    if path is None:
        return _original(letter)
    with closing(opened(path)) as stream:
        return event_of_body(stream.read())


def _original(letter: Letter) -> Document:
    try:
        return event_of(letter)
    except EventError as error:
        raise Refused(f"{error}; give the whole of it with --body FILE") from error


def _from_editor(letter: Letter) -> Document:
    before = _text(letter)
    with tempfile.TemporaryDirectory(prefix="handover-") as folder:
        file = Path(folder) / f"{letter.id}.json"
        file.write_text(before, encoding="utf-8")
        try:
            subprocess.run([*_editor(), str(file)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Refused(f"nothing was sent: the editor failed: {error}") from error
        after = file.read_bytes()
    if after == before.encode():
        raise Refused("nothing was sent: nothing was changed")
    return event_of_body(after)


def _text(letter: Letter) -> str:
    """The event, or where there is none the body as it is, for whoever can mend it."""
    try:
        return json.dumps(event_of(letter), ensure_ascii=False, indent=2) + "\n"
    except EventError:
        return letter.body.decode("utf-8", "backslashreplace")


def _editor() -> list[str]:
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not chosen and not sys.stdin.isatty():
        raise Refused("give --set, --body or EDITOR: stdin is no terminal to edit at")
    return shlex.split(chosen or "vi")
