"""A PostgreSQL of our own that can be stopped, killed and started again."""

import signal
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from chaos.again import Again
from worker.servers import postgres
from worker.servers.place import Places
from worker.servers.probe import LOOPBACK, postgres_answers, wait_for

MAX_CONNECTIONS = 60
WORDS = ("-N", str(MAX_CONNECTIONS), "-c", "wal_level=replica", "-c", "max_wal_senders=4")
SMART, FAST, IMMEDIATE = signal.SIGTERM, signal.SIGINT, signal.SIGQUIT
NAME = "postgres"


@dataclass(frozen=True, slots=True)
class Postgres:
    """`url` leads to the database postgres, as its superuser."""

    hold: Again
    url: str

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def stop(self, how: signal.Signals) -> None:
        """Stop the server and wait until it is gone."""
        pid_file = self.hold.folder_of(NAME) / "data" / "postmaster.pid"
        self.hold.end(NAME, int(pid_file.read_text().split()[0]), how)

    def start(self) -> None:
        """Start it again; it answers when this returns."""
        self.hold.start_again(NAME)
        answers = partial(postgres_answers, LOOPBACK, self.address[1])
        wait_for(answers, self.hold, self.hold.life(NAME), postgres.START_SECONDS)


def start(hold: Again) -> Postgres:
    """A server whose data survives its being killed."""
    started = postgres.start(postgres.find_binaries(Places()), hold, durable=True)
    started.ready()
    return Postgres(hold, started.url)
