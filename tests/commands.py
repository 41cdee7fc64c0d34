"""Running `handover` as a person or a script would."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HANDOVER = Path(sys.executable).with_name("handover")
SECONDS = 60

Result = subprocess.CompletedProcess[str]


def handover(environment: Mapping[str, str], *words: object, stdin: str = "", **settings: str) -> Result:
    """What became of `handover` with these words, with nobody at the keyboard and no `.env` around."""
    return subprocess.run(
        [HANDOVER, *map(str, words)],
        input=stdin,
        env={**environment, **settings},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def rows(result: Result) -> list[dict[str, Any]]:
    """The JSON Lines a command that did what it was asked has printed."""
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]
