"""Every exchange, queue and binding, with its arguments: declared at each start, the same each time."""

from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, ExchangeType
from pamqp.common import Arguments

REQUESTED = "handover.requested"
AGENT_EVENTS = "agent.#"
SESSION_ACCEPT = "session.accept"

DELIVERY_LIMIT = 50
"""Returns before the broker itself dead-letters a request: far above what restarts of a healthy worker cost."""

NO_LIMIT = 1_000_000_000
"""`-1` means no limit on RabbitMQ 4 and one single delivery on 3.x; a huge number means no limit on both."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The names on the wire."""

    exchange: str = "handover"
    sessions: str = "sessions"

    @property
    def requests(self) -> str:
        """Queue of handovers."""
        return f"{self.exchange}.requests"

    @property
    def agents(self) -> str:
        """Queue of what agents do: presence, and sessions accepted."""
        return f"{self.exchange}.agents"

    @property
    def dlx(self) -> str:
        """Exchange the broker dead-letters to."""
        return f"{self.exchange}.dlx"

    @property
    def dead_letters(self) -> str:
        """The broker's backstop queue."""
        return f"{self.exchange}.dead-letters"


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Make whatever is missing.

    Raises aiormq.exceptions.ChannelPreconditionFailed where something of that name has other arguments.
    """
    exchange = await channel.declare_exchange(topology.exchange, ExchangeType.TOPIC, durable=True)
    await channel.declare_exchange(topology.sessions, ExchangeType.TOPIC, durable=True)
    dlx = await channel.declare_exchange(topology.dlx, ExchangeType.FANOUT, durable=True)

    dead_letters = await channel.declare_queue(
        topology.dead_letters,
        durable=True,
        arguments={"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT},
    )
    await dead_letters.bind(dlx)
    work: Arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": topology.dlx,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    requests = await channel.declare_queue(topology.requests, durable=True, arguments=work)
    await requests.bind(exchange, REQUESTED)
    agents = await channel.declare_queue(topology.agents, durable=True, arguments=work)
    await agents.bind(exchange, AGENT_EVENTS)
    await agents.bind(exchange, SESSION_ACCEPT)
