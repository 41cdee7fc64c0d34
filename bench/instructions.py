"""Counting instructions, where the machine lets us."""

import asyncio
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable

EVENT = "instructions:u"
_COUNTED = re.compile(rf"^\s*([\d,.]+)\s.*{EVENT}", re.MULTILINE)


def countable() -> bool:
    """Whether this machine lets us count instructions; virtual ones often do not."""
    if not shutil.which("perf"):
        return False
    tried = subprocess.run(["perf", "stat", "-e", EVENT, "true"], capture_output=True, text=True, check=False)
    return counted(tried.stderr) is not None


async def start(pids: Iterable[int]) -> asyncio.subprocess.Process:
    """Count the instructions of processes, from now until `stop`."""
    return await asyncio.create_subprocess_exec(
        "perf", "stat", "-e", EVENT, "-p", ",".join(map(str, pids)), stderr=asyncio.subprocess.PIPE
    )


async def stop(counting: asyncio.subprocess.Process) -> int | None:
    """The instructions counted."""
    counting.send_signal(signal.SIGINT)
    _, said = await counting.communicate()
    return counted(said.decode())


def counted(report: str) -> int | None:
    """The number in what `perf stat` prints; None where it could not count."""
    found = _COUNTED.search(report)
    return int(re.sub(r"\D", "", found[1])) if found else None
