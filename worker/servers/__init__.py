"""Finds PostgreSQL and RabbitMQ, or starts them for as long as a block lasts.

The ways, in order, for each service by itself: the URL given; a container, when a Docker daemon answers; the
binaries on this machine, as a private server on loopback; the same once apt-get has installed them, when we
are root on Debian or Ubuntu. Where another RabbitMQ is wanted than this machine's Debian has, the last way is
another Debian in a folder. Nothing that was started here outlives us, even if we are killed.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from worker.servers.greeting import of_generation
from worker.servers.place import Places
from worker.servers.refusal import ServersUnavailable
from worker.servers.search import Search
from worker.servers.started import Vhosts, at_vhost

__all__ = ["Places", "Servers", "ServersUnavailable", "servers"]


@dataclass(frozen=True, slots=True)
class Servers:
    """If we started it, `database_url` may create databases. `how` has a sentence for each service."""

    database_url: str
    amqp_url: str
    how: tuple[str, ...]
    _vhosts: Vhosts = field(repr=False)

    def add_vhost(self, name: str) -> str:
        """Make a virtual host on which our user may do everything; its URL. Raises ServersUnavailable."""
        self._vhosts.add(name)
        return at_vhost(self.amqp_url, name)

    def delete_vhost(self, name: str) -> None:
        self._vhosts.delete(name)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextmanager
def servers(
    *,
    database_url: str | None = None,
    amqp_url: str | None = None,
    durable: bool = False,
    rabbitmq: int | None = None,
    plugins: Sequence[str] = (),
    say: Callable[[str], None] = _to_stderr,
    places: Places | None = None,
) -> Iterator[Servers]:
    """Raises ServersUnavailable. Not `durable`: PostgreSQL may lose what it has when the machine crashes.

    `rabbitmq` is the generation it must be of: 4 of 4.0.5. The `plugins` of a broker that is given are its owner's;
    one of ours must not be started with any that listens: it would on every interface.
    """
    with ExitStack() as stack:
        search = Search(places or Places(), durable, rabbitmq, tuple(plugins), say, stack)
        broker = search.rabbitmq(amqp_url)  # first, for it takes longest to get ready
        database = search.postgres(database_url)
        for service in (database, broker):
            service.ready()
            say(service.how)
        if rabbitmq:
            say(f"RabbitMQ: version {of_generation(rabbitmq, broker.url)}")
        yield Servers(database.url, broker.url, (database.how, broker.how), broker.vhosts)
