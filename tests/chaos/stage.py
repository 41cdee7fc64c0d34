"""Where a fault acts: the servers, the ways to them, the workers, and those who use them."""

import asyncio
import time
from dataclasses import dataclass
from random import Random

import asyncpg

from chaos.fleet import Fleet
from chaos.gathering import quiet
from chaos.history import History
from chaos.load import AWAY, Load, publish
from chaos.messages import handover
from chaos.proxy import Proxy
from chaos.servers import Servers
from chaos.subscriber import Subscriber
from worker.broker import connected
from worker.database import connect
from worker.topology import Topology, declare


@dataclass(slots=True)
class Stage:
    """By `dsn` and `amqp_url` the servers are reached whatever happens to the workers' way, which is by the proxies.

    `patience` is how many seconds are waited for what must come at last.
    `pace` is how long faults last: 1 is longer than every time limit, less is for a look at whether it runs.
    """

    servers: Servers
    dsn: str
    amqp_url: str
    to_postgres: list[Proxy]
    to_rabbit: Proxy
    fleet: Fleet
    load: Load
    subscriber: Subscriber
    history: History
    rng: Random
    pace: float = 1.0
    patience: float = 60.0

    async def hold(self, seconds: float) -> None:
        """Let a fault last."""
        await asyncio.sleep(seconds * self.pace)

    async def quiet(self) -> bool:
        """Wait until all that was published has come to something; whether it did in time."""
        return await quiet(self.dsn, self.amqp_url, self.history, self.patience)

    async def admin(self) -> asyncpg.Connection:
        """A connection of our own to the database."""
        return await connect(self.dsn, name="chaos-admin")

    async def probe(self) -> float | None:
        """Seconds until a handover published from now on is announced; None when it is not at all."""
        began = time.monotonic()
        message = handover(self.rng, contact_id=f"2548{self.rng.randrange(10**8):08}")
        try:
            async with asyncio.timeout(self.patience):
                while message.id not in self.history.confirmed:
                    try:
                        async with connected(self.amqp_url, "chaos-probe") as connection:
                            channel = await connection.channel(on_return_raises=True)
                            await declare(channel, Topology())
                            self.history.attempt(message)
                            await publish(channel, message)
                            self.history.confirm(message)
                    except AWAY:
                        await asyncio.sleep(0.1)
                while message.id not in self.history.announced:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return None
        return time.monotonic() - began
