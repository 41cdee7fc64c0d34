"""Looking at everything the worker depends on, changing nothing, and saying what is wrong."""

import asyncio
import platform
from dataclasses import dataclass
from importlib.metadata import version

from worker.core.diagnosis import Finding
from worker.core.diagnosis.finding import ok
from worker.doctor import broker, database
from worker.topology import Topology


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, which is secret, and what may be shown of it."""

    url: str
    shown: str


async def examine(
    postgres: Address, rabbitmq: Address, topology: Topology, management_url: str | None
) -> list[Finding]:
    """Every finding, in a steady order; PostgreSQL and RabbitMQ are looked at side by side."""
    of_postgres, of_rabbitmq = await asyncio.gather(
        database.examine(postgres.url, postgres.shown),
        broker.examine(rabbitmq.url, rabbitmq.shown, topology, management_url),
    )
    program = ok(
        "program", f"handover-worker {version('handover-worker')} on Python {platform.python_version()}"
    )
    return [program, *of_postgres, *of_rabbitmq]
