"""This checkout, and the tools `make` has in it."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

_WHERE_UV = 'where-uv: ; @$(FIND_UV); echo "$$uv"\n'


def find_uv() -> Path:
    """The uv that `make` uses, found by the Makefile's own rule, which installs it where there is none."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(
        ["make", "--silent", "--file=Makefile", "--file=-", "where-uv"],
        input=_WHERE_UV,
        cwd=ROOT,
        env=environment,
        text=True,
        check=True,
        stdout=subprocess.PIPE,
    )
    return ROOT / made.stdout.split()[-1]
