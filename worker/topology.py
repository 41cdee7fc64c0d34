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


@dataclass(frozen=True, slots=True)
class Binding:
    """What a queue gets: messages of the exchange whose routing key matches."""

    queue: str
    exchange: str
    key: str


def exchanges(topology: Topology) -> dict[str, ExchangeType]:
    """Every exchange, all durable."""
    return {
        topology.exchange: ExchangeType.TOPIC,
        topology.sessions: ExchangeType.TOPIC,
        topology.dlx: ExchangeType.FANOUT,
    }


def queues(topology: Topology) -> dict[str, Arguments]:
    """Every queue with its arguments, all durable."""
    work: Arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": topology.dlx,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return {
        topology.dead_letters: {"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT},
        topology.requests: work,
        topology.agents: work,
    }


def bindings(topology: Topology) -> list[Binding]:
    """Every binding."""
    return [
        Binding(topology.dead_letters, topology.dlx, topology.dead_letters),
        Binding(topology.requests, topology.exchange, REQUESTED),
        Binding(topology.agents, topology.exchange, AGENT_EVENTS),
        Binding(topology.agents, topology.exchange, SESSION_ACCEPT),
    ]


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Make whatever is missing.

    Raises aiormq.exceptions.ChannelPreconditionFailed where something of that name has other arguments.
    """
    for name, kind in exchanges(topology).items():
        await channel.declare_exchange(name, kind, durable=True)
    declared = {
        name: await channel.declare_queue(name, durable=True, arguments=arguments)
        for name, arguments in queues(topology).items()
    }
    for binding in bindings(topology):
        await declared[binding.queue].bind(binding.exchange, binding.key)
