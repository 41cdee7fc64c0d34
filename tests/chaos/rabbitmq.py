"""A RabbitMQ node of our own that can be stopped, killed, started again, and told what to do."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from chaos.again import Again
from worker.servers import rabbitmq
from worker.servers.debian import have_rabbitmq
from worker.servers.hold import Hold
from worker.servers.node import START_SECONDS, Binaries
from worker.servers.package import have_installed
from worker.servers.place import Places
from worker.servers.probe import amqp_answers, wait_for
from worker.servers.refusal import Skipped
from worker.servers.started import CtlVhosts, at_vhost

NAME = "rabbitmq"


@dataclass(frozen=True, slots=True)
class Rabbit:
    """`url` leads to the node's default virtual host."""

    hold: Again
    url: str
    vhosts: CtlVhosts

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The one there is."""
        return [address(self.url)]

    def ctl(self, *words: str) -> None:
        """`rabbitmqctl`; raises ServersUnavailable when it fails."""
        self.vhosts.ctl(*words)

    def ask(self, *words: str) -> str:
        """What `rabbitmqctl` answers."""
        self.ctl(*words)
        newest = max(self.hold.folder.glob("rabbitmqctl-*.log"), key=lambda log: log.stat().st_mtime)
        return newest.read_text(errors="replace")

    def add_vhost(self, name: str) -> str:
        """Make a virtual host; its URL."""
        self.vhosts.add(name)
        return at_vhost(self.url, name)

    def stop(self, how: signal.Signals) -> None:
        """Stop the node and wait until it is gone."""
        pid_file = Path(self.hold.order(NAME).rest["cwd"]) / "pid"
        self.hold.end(NAME, int(pid_file.read_text()), how)

    def start(self) -> None:
        """Start it again; it answers when this returns."""
        self.hold.start_again(NAME)
        answers = partial(amqp_answers, *self.addresses[0])
        wait_for(answers, self.hold, self.hold.life(NAME), START_SECONDS)


def address(url: str) -> tuple[str, int]:
    """Where a URL leads."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def binaries(generation: int | None, places: Places, hold: Hold, say: Callable[[str], None]) -> Binaries:
    """Of a node of our own, of this generation if one is wanted; brought here if need be. Raises Skipped."""
    try:
        return rabbitmq.find_binaries(places, generation)
    except Skipped:
        if generation:
            return have_rabbitmq(generation, places, hold, say)
        have_installed(places.apt_get, "rabbitmq-server", say)
        return rabbitmq.find_binaries(places)


def start(hold: Again, generation: int | None, say: Callable[[str], None]) -> Rabbit:
    """A node of our own, with its own epmd."""
    broker = rabbitmq.start(binaries(generation, Places(), hold, say), hold)
    broker.ready()
    assert isinstance(broker.vhosts, CtlVhosts)
    return Rabbit(hold, broker.url, broker.vhosts)
