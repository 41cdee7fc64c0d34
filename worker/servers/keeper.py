"""Keeps processes for an owner, and ends them all when the owner is gone.

    python -m worker.servers.keeper BASE GRACE

We make a folder below BASE and write its path to stdout; then we read orders from stdin and write a report
for every ordered process that ends. End-of-file on stdin says the owner is gone, be it by a clean exit or by
kill -9. Then, or on SIGTERM, everything is stopped in good order, what has not stopped after GRACE seconds
is killed, daemons included, and the folder is removed. Should we be killed, the kernel sends the processes
their stop signal.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from worker.servers.folder import claimed
from worker.servers.order import Order, Report, order_from, to_line
from worker.servers.orphan import adopt_orphans, die_with_parent
from worker.servers.processes import descendants, kill


class Kept:
    """The processes that were ordered and still run, by pid."""

    def __init__(self) -> None:
        self._running: dict[int, Order] = {}
        self._groups: set[int] = set()

    def start(self, order: Order) -> None:
        try:
            pid = _spawn(order)
        except (OSError, subprocess.SubprocessError) as error:
            _report(Report(order.name, None, str(error)))
            return
        self._running[pid] = order
        self._groups.add(pid)

    def reap(self) -> None:
        """Collect every child that ended, adopted ones too."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                if order := self._running.pop(pid, None):
                    _report(Report(order.name, os.waitstatus_to_exitcode(status)))

    def stop(self, signals: int, grace: float) -> None:
        for pid, order in self._running.items():
            os.kill(pid, order.stop)
        deadline = time.monotonic() + grace
        while self._running and (left := deadline - time.monotonic()) > 0:
            if select.select([signals], [], [], left)[0]:
                os.read(signals, 512)
            self.reap()
        self._kill_the_rest()

    def _kill_the_rest(self) -> None:
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                kill(descendants(os.getpid()))
                os.waitpid(-1, 0)


def main(base: str, grace: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signals = _signals()
    adopt_orphans()
    with claimed(Path(base)) as folder:
        _write(f"{folder}\n".encode())
        kept = Kept()
        try:
            _obey(kept, sys.stdin.fileno(), signals)
        finally:
            kept.stop(signals, float(grace))


def _obey(kept: Kept, orders: int, signals: int) -> None:
    """Until the owner is gone or we are told to stop."""
    rest = b""
    while True:
        ready, _, _ = select.select([orders, signals], [], [])
        if signals in ready and signal.SIGTERM in os.read(signals, 512):
            return
        kept.reap()
        if orders in ready:
            chunk = os.read(orders, 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                kept.start(order_from(line))


def _spawn(order: Order) -> int:
    with Path(order.log).open("ab") as log:
        process = subprocess.Popen(
            order.argv,
            env=order.env,
            cwd=order.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=order.uid,
            group=order.gid,
            extra_groups=None if order.uid is None else [],
            process_group=0,
            # runs after the change of uid, which would make the kernel forget it
            preexec_fn=partial(die_with_parent, signal.Signals(order.stop)),  # noqa: PLW1509 - we have one thread
        )
    process.returncode = 0  # `reap` collects it; Popen must not
    return process.pid


def _signals() -> int:
    """A pipe on which the numbers of SIGCHLD and SIGTERM arrive, a byte each."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _report(report: Report) -> None:
    _write(to_line(report))


def _write(line: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # the owner is gone; stdin tells us so
        os.write(sys.stdout.fileno(), line)


if __name__ == "__main__":
    main(*sys.argv[1:])
