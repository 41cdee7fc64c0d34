"""What processes spend and hold."""

from collections.abc import Iterable
from typing import NamedTuple

import psutil


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
