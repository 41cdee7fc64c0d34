"""How the system does: what each minute brought, how long customers waited, what lies in queues, who works."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from asyncpg import Connection
from pydantic import Field, TypeAdapter

from worker import sql

MINUTE = timedelta(minutes=1)
MINUTES = 60
FILLING_SECONDS = 0.2
"""What is spent at a time on minutes of before anybody looked."""

Dependency = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Handled:
    """Handovers handled in the minute that began then."""

    at: datetime
    handled: int


@dataclass(frozen=True, slots=True)
class Waited:
    """How long those customers had waited who got an agent in the minute that began then, in seconds."""

    at: datetime
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue's messages and consumers."""

    messages: int
    consumers: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """Events the broker has not confirmed, and how long the oldest has waited."""

    depth: int
    age_seconds: Annotated[float, Field(alias="ageSeconds")]


@dataclass(frozen=True, slots=True)
class Crewman:
    """A worker, by the name it gives its connections; `since` is null where this user may not know."""

    name: str
    connections: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All of it, as it was at that time; what is not known is null or empty."""

    at: datetime
    throughput: Sequence[Handled]
    time_to_assign: Annotated[Sequence[Waited], Field(alias="timeToAssign")]
    queues: Mapping[str, Queue | None]
    outbox: Outbox | None
    dependencies: Mapping[str, Dependency]
    troubles: Annotated[Mapping[str, str], Field(description="Of dependencies that are down: why.")]
    workers: Sequence[Crewman]


HEALTH = TypeAdapter(Health)


class Pulse:
    """What was last seen."""

    def __init__(self) -> None:
        self._minutes: dict[datetime, tuple[Handled, Waited]] = {}
        self._outbox: Outbox | None = None
        self._workers: Sequence[Crewman] = ()
        self._at = 0.0
        self.queues: Mapping[str, Queue | None] = {}
        self.troubles: dict[str, str | None] = {"postgresql": None, "rabbitmq": None}

    @property
    def age_seconds(self) -> float:
        """Since it was last read."""
        return time.monotonic() - self._at

    async def read(self, connection: Connection) -> None:
        """Look anew, and further back than before if there is time."""
        row = await connection.fetchrow(sql.measure_outbox)
        self._outbox = Outbox(row["events"], row["oldest_seconds"]) if row else None
        self._workers = [Crewman(**each) for each in await connection.fetch(sql.see_workers)]
        this = datetime.now(UTC).replace(second=0, microsecond=0)
        until = time.monotonic() + FILLING_SECONDS
        for ago in range(MINUTES):
            minute = this - ago * MINUTE
            # What a minute has is committed a little after it.
            if ago > 1 and minute in self._minutes:
                continue
            if ago > 1 and time.monotonic() > until:
                break
            self._minutes[minute] = await _minute(connection, minute)
        self._minutes = {at: each for at, each in self._minutes.items() if at > this - MINUTES * MINUTE}
        self._at = time.monotonic()

    def health(self) -> Health:
        """What is known."""
        minutes = [self._minutes[at] for at in sorted(self._minutes)]
        down = {name: why for name, why in self.troubles.items() if why is not None}
        return Health(
            at=datetime.now(UTC),
            throughput=[handled for handled, _ in minutes],
            time_to_assign=[waited for _, waited in minutes],
            queues=self.queues,
            outbox=self._outbox,
            dependencies={name: "down" if name in down else "up" for name in self.troubles},
            troubles=down,
            workers=self._workers,
        )


async def _minute(connection: Connection, at: datetime) -> tuple[Handled, Waited]:
    [row] = await connection.fetch(sql.measure_span, at, at + MINUTE)
    return Handled(at, row["handled"]), Waited(at, row["p50"], row["p95"])
