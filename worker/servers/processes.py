"""Which processes there are, read from /proc. Where there is no /proc the answers are empty."""

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

_PROC = Path("/proc")


def descendants(ancestor: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid in _pids():
        children.setdefault(_parent(pid), []).append(pid)
    found: set[int] = set()
    new = children.get(ancestor, [])
    while new:
        found.update(new)
        new = [child for pid in new for child in children.get(pid, []) if child not in found]
    return found


def living_in(folder: Path) -> set[int]:
    """Processes that work in a folder or have it in their environment, as far as we may look."""
    return {pid for pid in _pids() if pid != os.getpid() and _lives_in(pid, folder)}


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _lives_in(pid: int, folder: Path) -> bool:
    process = _PROC / str(pid)
    try:
        if (process / "cwd").resolve().is_relative_to(folder):
            return True
        return f"={folder}/".encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def _parent(pid: int) -> int:
    """0 if the process is gone. The name in the parentheses of /proc/pid/stat may itself hold parentheses."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def _pids() -> Iterator[int]:
    if _PROC.is_dir():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
