"""Ctrl-C and SIGTERM as a wish to end, not as an accident."""

import asyncio
import os
import signal
from collections.abc import Callable

SAME_WISH_SECONDS = 1.0
"""A process group and its leader are often both told: what comes so soon is not a second wish."""


def on_interrupt(do: Callable[[], None]) -> None:
    """Call it at the first signal, in the running loop; a second wish ends the process at once."""
    loop = asyncio.get_running_loop()
    first: float | None = None

    def interrupted() -> None:
        nonlocal first
        if first is None:
            first = loop.time()
            do()
        elif loop.time() > first + SAME_WISH_SECONDS:
            os._exit(130)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
