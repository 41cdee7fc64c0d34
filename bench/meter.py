"""What processes spend and hold."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import NamedTuple

import psutil

EVENT = "instructions:u"
_COUNTED = re.compile(rf"^([\d,.]+)\s.*{EVENT}", re.MULTILINE)


class Spent(NamedTuple):
    """CPU seconds, user and system, since the processes began; resident bytes now. Of all of them together."""

    cpu: float
    resident: int


def spent(pids: Iterable[int]) -> Spent:
    """What they have spent so far; a process that is gone counts as nothing."""
    cpu, resident = 0.0, 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            cpu += times.user + times.system
            resident += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Spent(cpu, resident)


def instructions_countable() -> bool:
    """Whether this machine lets us count instructions; virtual ones often do not."""
    if not shutil.which("perf"):
        return False
    tried = subprocess.run(["perf", "stat", "-e", EVENT, "true"], capture_output=True, text=True, check=False)
    return counted(tried.stderr) is not None


async def start_counting(pids: Iterable[int]) -> asyncio.subprocess.Process:
    """Count the instructions of processes, from now until `stop_counting`."""
    return await asyncio.create_subprocess_exec(
        "perf", "stat", "-e", EVENT, "-p", ",".join(map(str, pids)), stderr=asyncio.subprocess.PIPE
    )


async def stop_counting(counting: asyncio.subprocess.Process) -> int | None:
    """The instructions counted."""
    counting.send_signal(2)
    _, said = await counting.communicate()
    return counted(said.decode())


def counted(report: str) -> int | None:
    """The number in what `perf stat` prints; None where it could not count."""
    found = _COUNTED.search(report)
    return int(re.sub(r"\D", "", found[1])) if found else None
