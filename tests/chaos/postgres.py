"""A PostgreSQL of our own that can be stopped, killed and started again, and whose standby can take over."""

import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from chaos.again import Again
from worker.servers import postgres
from worker.servers.place import Places
from worker.servers.probe import LOOPBACK, free_ports, postgres_answers, tcp_answers, wait_for

MAX_CONNECTIONS = 60
WORDS = ("-N", str(MAX_CONNECTIONS), "-c", "wal_level=replica", "-c", "max_wal_senders=4")
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
NAME = "postgres"
COPY_SECONDS = 60.0

Words = list[str | Path]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one of the two servers stands."""

    name: str
    data: Path
    port: int


@dataclass(slots=True)
class Postgres:
    """Two seats; on the first is the primary until the standby on the other is promoted, and so forth."""

    hold: Again
    binaries: Path
    user: str
    password: str
    seats: list[Seat]
    primary: int = 0
    copies: int = field(default=0)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [(LOOPBACK, seat.port) for seat in self.seats]

    def url(self, database: str = "postgres", ports: Sequence[int] = ()) -> str:
        """Of a database, wherever its primary is; or the same through other ports of loopback."""
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in ports or [seat.port for seat in self.seats])
        return f"postgresql://{self.user}:{self.password}@{hosts}/{database}"

    def url_of_primary(self, database: str) -> str:
        """For a program that takes but one host."""
        return self.url(database, [self.seats[self.primary].port])

    def stop(self, how: signal.Signals) -> None:
        """Stop the primary and wait until it is gone."""
        seat = self.seats[self.primary]
        self.hold.end(seat.name, int((seat.data / "postmaster.pid").read_text().split()[0]), how)

    def start(self) -> None:
        """Start the primary again; it answers when this returns."""
        seat = self.seats[self.primary]
        self.hold.start_again(seat.name)
        self._wait(seat)

    def copy(self) -> None:
        """A standby on the other seat, which follows the primary when this returns."""
        primary, seat = self.seats[self.primary], self.seats[1 - self.primary]
        shutil.rmtree(seat.data, ignore_errors=True)
        first = self.hold.order(NAME)
        origin = f"postgresql://{self.user}:{self.password}@{LOOPBACK}:{primary.port}/postgres"
        words: Words = ["-d", origin, "-D", seat.data, "-R", "-X", "stream", "-c", "fast"]
        run = {"env": first.rest["env"], "cwd": seat.data.parent, "account": first.rest["account"]}
        self.hold.run("pg_basebackup", [self.binaries / "pg_basebackup", *words], seconds=COPY_SECONDS, **run)
        argv: Words = [
            self.binaries / "postgres",
            "-D",
            seat.data,
            "-h",
            LOOPBACK,
            "-p",
            str(seat.port),
            "-k",
            "",
            *WORDS,
        ]
        self.copies += 1
        name = f"{seat.name}-copy-{self.copies}"
        self.seats[1 - self.primary] = Seat(name, seat.data, seat.port)
        self.hold.start(name, argv, **first.rest)
        wait_for(partial(tcp_answers, LOOPBACK, seat.port), self.hold, name, postgres.START_SECONDS)

    def take_over(self) -> None:
        """The other seat is the primary's from now on."""
        self.primary = 1 - self.primary

    def _wait(self, seat: Seat) -> None:
        answers = partial(postgres_answers, LOOPBACK, seat.port)
        wait_for(answers, self.hold, self.hold.life(seat.name), postgres.START_SECONDS)


def start(hold: Again) -> Postgres:
    """A server whose data survives its being killed."""
    binaries = postgres.find_binaries(Places())
    started = postgres.start(binaries, hold, durable=True)
    started.ready()
    parts = urlsplit(started.url)
    assert parts.port
    assert parts.username
    assert parts.password
    first = hold.order(NAME)
    folder = Path(first.rest["cwd"])
    (port,) = free_ports(1)
    seats = [Seat(NAME, folder / "data", parts.port), Seat("standby", folder / "standby", port)]
    return Postgres(hold, Path(first.argv[0]).parent, parts.username, parts.password, seats)
