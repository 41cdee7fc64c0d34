"""Who takes part, and their processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from worker.servers.orphan import die_with_parent

END_SECONDS = 40
"""From SIGTERM to the end; the worker gives itself 20."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program. `has_database`: it keeps sessions, so the whole oracle applies."""

    name: str
    command: tuple[str, ...]
    has_database: bool = True


def _program(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"bench.contestants.{module}")


OURS = Contestant("ours", (str(Path(sys.executable).with_name("handover")), "worker"))
ONE_TRANSACTION = Contestant("one transaction a message", _program("one_transaction"))
FASTSTREAM = Contestant("FastStream", _program("faststream_app"))
ONE_FUNCTION = Contestant("one SQL function a message", _program("one_function"))
PIPE = Contestant("the pipe", _program("pipe"), has_database=False)
CONTESTANTS = (OURS, ONE_TRANSACTION, FASTSTREAM, ONE_FUNCTION, PIPE)


class Died(Exception):
    """A contestant ended before it was told to, or not in good order."""


class Crew:
    """The processes of one contestant in one run."""

    def __init__(self, contestant: Contestant, log: Path) -> None:
        self._contestant, self._log = contestant, log
        self._processes: list[asyncio.subprocess.Process] = []

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    async def start(self, environments: list[dict[str, str]]) -> None:
        """One process for each environment; all they say goes into the log."""
        with self._log.open("wb") as log:
            for environment in environments:
                self._processes.append(
                    await asyncio.create_subprocess_exec(
                        *self._contestant.command,
                        env=environment,
                        stdin=asyncio.subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        preexec_fn=partial(die_with_parent, signal.SIGKILL),
                    )
                )

    def refuse_if_ended(self) -> None:
        """Raise Died if one of them has ended already."""
        if ended := [p.returncode for p in self._processes if p.returncode is not None]:
            raise Died(f"{self._contestant.name} ended with code {ended[0]}; {self._last_words()}")

    async def stop(self) -> None:
        """Tell them to end, and wait until they have. Raises Died unless they end in good order."""
        self.refuse_if_ended()
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS):
                codes = await asyncio.gather(*(process.wait() for process in self._processes))
        except TimeoutError:
            raise Died(f"{self._contestant.name} did not end within {END_SECONDS} s of SIGTERM") from None
        if any(codes):
            raise Died(f"{self._contestant.name} ended with codes {codes}; {self._last_words()}")

    async def kill(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return f"it said last: {lines[-1] if lines else 'nothing'}"


@asynccontextmanager
async def crew(
    contestant: Contestant,
    log: Path,
    urls: Mapping[str, str],
    processes: int = 1,
    *,
    settings: tuple[Mapping[str, str], ...] = (),
) -> AsyncIterator[Crew]:
    """The contestant's processes, running; killed at the end if they were not stopped. `settings`: of each one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDOVER_")}
    environment = {**kept, **urls, "HANDOVER_LOG_FORMAT": "json", "HANDOVER_LOG_LEVEL": "info"}
    running = Crew(contestant, log)
    try:
        await running.start([{**environment, **each} for each in settings or ({},) * processes])
        yield running
    finally:
        await running.kill()
