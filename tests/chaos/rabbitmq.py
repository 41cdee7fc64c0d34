"""A RabbitMQ node of our own that can be stopped, killed, started again, and told what to do."""

import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from chaos.again import Again
from worker.servers import rabbitmq
from worker.servers.node import START_SECONDS
from worker.servers.place import Places
from worker.servers.probe import LOOPBACK, amqp_answers, wait_for
from worker.servers.started import CtlVhosts, at_vhost

NAME = "rabbitmq"


@dataclass(frozen=True, slots=True)
class Rabbit:
    """`url` leads to the node's default virtual host."""

    hold: Again
    url: str
    vhosts: CtlVhosts

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

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
        answers = partial(amqp_answers, LOOPBACK, self.address[1])
        wait_for(answers, self.hold, self.hold.life(NAME), START_SECONDS)


def start(hold: Again) -> Rabbit:
    """A node of our own, with its own epmd."""
    broker = rabbitmq.start(rabbitmq.find_binaries(Places()), hold)
    broker.ready()
    assert isinstance(broker.vhosts, CtlVhosts)
    return Rabbit(hold, broker.url, broker.vhosts)
