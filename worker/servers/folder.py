"""A folder of a keeper's own, removed at the end. While its keeper lives the folder is locked (flock).

A folder nobody holds was left by a keeper that was killed: whoever comes next ends what still lives in it and
removes it. Making, sweeping and removing happen under a lock on the base: no one sweeps what was just made.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.servers.processes import kill, living_in


@contextmanager
def claimed(base: Path) -> Iterator[Path]:
    """Make a new folder below `base`, traversable by every user; both go when the block ends."""
    folder, held = _make(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)
        with contextlib.suppress(OSError), locked(base):
            base.rmdir()


def _make(base: Path) -> tuple[Path, int]:
    while True:
        base.mkdir(parents=True, exist_ok=True)
        try:
            with locked(base):
                _sweep(base)
                return _make_locked(base / secrets.token_hex(4))
        except FileNotFoundError:  # its last user removed the base meanwhile
            continue


def _make_locked(folder: Path) -> tuple[Path, int]:
    folder.mkdir()
    folder.parent.chmod(0o755)
    folder.chmod(0o755)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    return folder, held


def _sweep(base: Path) -> None:
    for folder in base.iterdir():
        with (
            contextlib.suppress(BlockingIOError, PermissionError, NotADirectoryError),
            locked(folder, wait=False),
        ):
            kill(living_in(folder))
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
