"""A hold whose servers can be started again after they died, with the words they were first started with."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.servers.hold import Hold
from worker.servers.refusal import failed_to_start

END_SECONDS = 30.0


@dataclass(slots=True)
class Order:
    """How a server was started, how often, and what its process was called last."""

    argv: Sequence[str | Path]
    rest: dict[str, Any]
    life: str
    lives: int = 1


class Again(Hold):
    """`more` are words added to a server's own, by its name."""

    def __init__(self, base: Path, more: Mapping[str, Sequence[str]]) -> None:
        super().__init__(base)
        self._more = more
        self._orders: dict[str, Order] = {}

    def start(self, name: str, argv: Sequence[str | Path], **rest: Any) -> None:
        argv = [*argv, *self._more.get(name, ())]
        self._orders[name] = Order(argv, rest, name)
        super().start(name, argv, **rest)

    def start_again(self, name: str) -> None:
        """Start a server that has ended."""
        order = self._orders[name]
        order.lives += 1
        order.life = f"{name}-{order.lives}"
        super().start(order.life, order.argv, **order.rest)

    def end(self, name: str, pid: int, number: signal.Signals) -> None:
        """Signal a server's process, and wait until it has ended. SIGKILL goes to its whole group."""
        if number is signal.SIGKILL:
            os.killpg(os.getpgid(pid), number)
        else:
            os.kill(pid, number)
        self.wait_for_end(name)

    def wait_for_end(self, name: str) -> None:
        life = self._orders[name].life
        deadline = time.monotonic() + END_SECONDS
        while self.ended(life, wait=0.1) is None:
            if time.monotonic() > deadline:
                raise failed_to_start(f"{name} did not end within {END_SECONDS:g} s", self.log(life))

    def life(self, name: str) -> str:
        """What the server's process is called now."""
        return self._orders[name].life

    def order(self, name: str) -> Order:
        """How the server was started."""
        return self._orders[name]
