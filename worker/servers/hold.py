"""The owner's hold on its keeper: while this process lives, so do the processes it ordered."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from worker.servers.order import Order, Report, report_from, to_line
from worker.servers.place import Account
from worker.servers.refusal import ServersUnavailable, failed_to_start

GRACE_SECONDS = 5.0
FAREWELL_SECONDS = 30.0
KEEPER_GONE = "the keeper of the servers was ended by someone, so the servers are gone"


class Hold:
    """Entering starts a keeper with a new folder below `base`; leaving waits until everything is gone.

    What has not stopped `grace` seconds after it was told to is killed."""

    def __init__(self, base: Path, *, grace: float = GRACE_SECONDS) -> None:
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "worker.servers.keeper", str(base), str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
            bufsize=0,
        )
        self._rest = b""
        self._reports: dict[str, Report] = {}
        self._task = threading.Lock()
        self._tasks = 0
        self.folder = Path()

    def __enter__(self) -> Self:
        assert self._keeper.stdout is not None  # noqa: S101 - asked for above; for the type checker
        line = self._keeper.stdout.readline().decode().rstrip("\n")
        if not line:
            self.__exit__(None, None, None)
            raise ServersUnavailable("the keeper of the servers did not start; its error is above")
        self.folder = Path(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._keeper.stdin is not None and self._keeper.stdout is not None  # noqa: S101, PT018
        self._keeper.stdin.close()
        self._keeper.wait(FAREWELL_SECONDS)
        self._keeper.stdout.close()

    @property
    def pid(self) -> int:
        return self._keeper.pid

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stop: signal.Signals = signal.SIGTERM,
        account: Account | None = None,
    ) -> None:
        """`name` is new to this hold; what the process prints is in `log(name)`."""
        words = tuple(map(str, argv))
        uid, gid = (account.uid, account.gid) if account else (None, None)
        order = Order(name, words, dict(env), str(cwd), str(self.log(name)), stop, uid, gid)
        assert self._keeper.stdin is not None  # noqa: S101
        try:
            self._keeper.stdin.write(to_line(order))
        except BrokenPipeError as error:
            raise ServersUnavailable(KEEPER_GONE) from error

    def run(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        account: Account | None = None,
        seconds: float = 60.0,
    ) -> str:
        """Start a command, wait for its end; what it printed. A code other than 0 raises, with the end of it."""
        with self._task:
            self._tasks += 1
            task = f"{name}-{self._tasks}"
            self.start(task, argv, env=env, cwd=cwd, account=account)
            deadline = time.monotonic() + seconds
            while (report := self.ended(task, wait=0.1)) is None:
                if time.monotonic() > deadline:
                    raise failed_to_start(f"{name} did not end within {seconds:g} s", self.log(task))
        if report.code != 0:
            raise failed_to_start(_how_it_ended(name, report), self.log(task))
        return self.log(task).read_text(errors="replace")

    def ended(self, name: str, *, wait: float = 0.0) -> Report | None:
        """How the process ended, or None if it still runs after `wait` seconds."""
        assert self._keeper.stdout is not None  # noqa: S101
        readable, _, _ = select.select([self._keeper.stdout], [], [], 0 if name in self._reports else wait)
        if readable:
            chunk = os.read(self._keeper.stdout.fileno(), 65536)
            if not chunk:
                raise ServersUnavailable(KEEPER_GONE)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self._reports |= {report.name: report for report in map(report_from, lines)}
        return self._reports.get(name)

    def refuse_if_ended(self, name: str, *, wait: float) -> None:
        if report := self.ended(name, wait=wait):
            raise failed_to_start(_how_it_ended(name, report), self.log(name))


def _how_it_ended(name: str, report: Report) -> str:
    if report.code is None:
        return f"{name} could not be started: {report.error}"
    return f"{name} ended with code {report.code}"
