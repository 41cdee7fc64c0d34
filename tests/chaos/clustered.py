"""A cluster in the place of a node: what is told to a node is told to one of those that are together."""

import signal
from dataclasses import dataclass

from chaos.cluster import Cluster
from worker.servers.rabbitmq import USER
from worker.servers.started import at_vhost


@dataclass(frozen=True, slots=True)
class ClusteredRabbit:
    """Whoever is to outlive a node goes to it by way of something that knows all `addresses`."""

    cluster: Cluster

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return self.cluster.addresses

    def ctl(self, *words: str) -> None:
        """`rabbitmqctl`; raises ServersUnavailable when it fails."""
        self.ask(*words)

    def ask(self, *words: str) -> str:
        """What `rabbitmqctl` answers."""
        return self.cluster.ctl(self.cluster.together[0], *words)

    def add_vhost(self, name: str) -> str:
        """Make a virtual host; its URL on one of the nodes."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, USER, ".*", ".*", ".*")
        return at_vhost(self.cluster.urls[0], name)

    def stop(self, how: signal.Signals) -> None:
        """Stop one node and wait until it is gone."""
        name = self.cluster.together[0]
        if how is signal.SIGKILL:
            self.cluster.kill(name)
        else:
            self.cluster.stop(name)

    def start(self) -> None:
        """All are together when this returns."""
        self.cluster.mend()
