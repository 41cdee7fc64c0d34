"""Workers as processes, started again whenever they end, as any platform does."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

TESTS = Path(__file__).parents[1]
RESTART_SECONDS = 0.3
END_SECONDS = 30.0
CONSUMING = b'"queue":"handover.requests","event":"consuming"'


@dataclass(slots=True, eq=False)
class Worker:
    """One process. `expected` are the exit codes it may end with: 0 once it was told to stop, -9 once killed.

    One that is told before it has said a word does not listen yet, and ends by the signal itself.
    """

    process: asyncio.subprocess.Process
    log: Path
    expected: set[int] = field(default_factory=set)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    @property
    def working(self) -> bool:
        """Whether it takes handovers, and so has something to lose."""
        return self.running and self.log.read_bytes().find(CONSUMING) >= 0

    def send(self, number: signal.Signals) -> None:
        """Send a signal, and expect the end it brings."""
        if number is signal.SIGKILL:
            self.expected.add(-signal.SIGKILL)
        if number is signal.SIGTERM:
            self.expected.add(0)
            if not self.log.stat().st_size:
                self.expected.add(-signal.SIGTERM)
        if self.running:
            self.process.send_signal(number)


@dataclass(slots=True)
class Fleet:
    """`size` workers. `sabotage` names what is broken in all of them on purpose."""

    environment: Mapping[str, str]
    logs: Path
    size: int = 2
    sabotage: str | None = None
    surprises: list[str] = field(default_factory=list)
    starts: int = 0
    slowest_stop: float = 0.0
    _slots: list[Worker | None] = field(default_factory=list)
    _open: bool = True

    async def run(self) -> None:
        """Keep the workers running until cancelled, or until `stop`."""
        self._slots = [None] * self.size
        async with asyncio.TaskGroup() as tasks:
            for slot in range(self.size):
                tasks.create_task(self._keep(slot))

    @property
    def veteran(self) -> int | None:
        """The process of the first worker, which is never chosen where there are others."""
        first = self._slots[0] if self._slots else None
        return first.process.pid if first and first.running else None

    async def one(self, rng: Random) -> Worker:
        """A worker at work, but not the veteran; waiting for one if need be."""
        async with asyncio.timeout(END_SECONDS):
            while not (working := [worker for worker in self._mortal if worker and worker.working]):
                await asyncio.sleep(0.05)
        return rng.choice(working)

    @asynccontextmanager
    async def struck(self, point: str, nth: int) -> AsyncIterator[Worker]:
        """One worker more, that kills itself the n-th time it gets to that point."""
        worker = await self._start("--strike", f"{point}:{nth}")
        worker.expected.add(-signal.SIGKILL)
        try:
            yield worker
        finally:
            await self._end(worker)

    async def stop(self) -> None:
        """End every worker in good order."""
        self._open = False
        await asyncio.gather(*(self._end(worker) for worker in self._slots if worker))

    @property
    def _mortal(self) -> list[Worker | None]:
        return self._slots[1:] or self._slots

    async def _keep(self, slot: int) -> None:
        while self._open:
            worker = self._slots[slot] = await self._start()
            try:
                await worker.process.wait()
            except asyncio.CancelledError:
                worker.send(signal.SIGKILL)
                await worker.process.wait()
                raise
            self._judge(worker)
            await asyncio.sleep(RESTART_SECONDS)

    async def _start(self, *words: str) -> Worker:
        self.starts += 1
        log = self.logs / f"worker-{self.starts}.log"
        sabotage = ("--sabotage", self.sabotage) if self.sabotage else ()
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *_program([*sabotage, *words]), env=self.environment, cwd=TESTS, stdout=file, stderr=file
            )
        return Worker(process, log)

    async def _end(self, worker: Worker) -> None:
        began = time.monotonic()
        worker.send(signal.SIGCONT)
        worker.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS):
                await worker.process.wait()
        except TimeoutError:
            self.surprises.append(f"{worker.log.name} did not end within {END_SECONDS:g} s of SIGTERM")
            worker.send(signal.SIGKILL)
            await worker.process.wait()
        self.slowest_stop = max(self.slowest_stop, time.monotonic() - began)
        if worker not in self._slots:
            self._judge(worker)

    def _judge(self, worker: Worker) -> None:
        code = worker.process.returncode
        if code not in worker.expected:
            self.surprises.append(f"{worker.log.name} ended by itself with code {code}: {_last(worker.log)}")


def environment(database_url: str, amqp_url: str, **settings: str) -> dict[str, str]:
    """What a worker needs to find its servers, and to be quick about what a crash left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDOVER_")}
    return {
        **kept,
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "HANDOVER_LOG_FORMAT": "json",
        "HANDOVER_DIE_WITH_PARENT": "1",
        "HANDOVER_BATCH": "50",
        "HANDOVER_LEASE_SECONDS": "2",
        "HANDOVER_SWEEP_SECONDS": "0.5",
        "HANDOVER_SHUTDOWN_SECONDS": "10",
        **settings,
    }


def _program(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "chaos.launcher", *words]


def _last(log: Path) -> str:
    """The last line that says anything."""
    lines = log.read_text(errors="replace").strip().splitlines()
    try:
        return str({k: v for k, v in json.loads(lines[-1]).items() if k in ("event", "error")})
    except (IndexError, ValueError):
        return lines[-1] if lines else "it said nothing"
