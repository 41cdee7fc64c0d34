"""Servers of our own, and a folder for what the contestants say."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import Databases
from worker.servers import servers


@dataclass(frozen=True, slots=True)
class Stage:
    """Where every run takes place. `countable`: instructions can be counted here."""

    databases: Databases
    amqp: str
    logs: Path
    how: tuple[str, ...]
    countable: bool = False
    began: float = field(default_factory=time.monotonic)

    def urls(self, database: str) -> dict[str, str]:
        """What a contestant is told."""
        return {"DATABASE_URL": database, "AMQP_URL": self.amqp}

    def say(self, text: str) -> None:
        """Progress, for who waits."""
        seconds = round(time.monotonic() - self.began)
        print(f"[{seconds // 60:3}:{seconds % 60:02}] {text}", file=sys.stderr, flush=True)


@contextmanager
def set_up(*, plugins: Sequence[str] = (), countable: bool = False) -> Iterator[Stage]:
    """Start both servers, PostgreSQL with fsync on; they and all they hold are gone at the end."""
    with servers(durable=True, plugins=plugins) as found, tempfile.TemporaryDirectory() as logs:
        yield Stage(Databases(found.database_url), found.amqp_url, Path(logs), found.how, countable)
