"""Waiting for what other processes do."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = Path(__file__).with_name("owner.py")


def until(happened: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.01)


def alive(pids: Iterable[int]) -> set[int]:
    return {pid for pid in pids if _state(pid) not in {"", "Z"}}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def owner(*argv: str | Path, cwd: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process that owns servers, and the first line it prints; what it was asked for is up by then."""
    with subprocess.Popen(
        [sys.executable, OWNER, *argv], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
