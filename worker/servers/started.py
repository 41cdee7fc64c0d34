"""A service that was found or started, and how virtual hosts are made on a broker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit


class Vhosts(Protocol):
    def add(self, name: str) -> None:
        """Make a virtual host on which our user may do everything."""

    def delete(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""


@dataclass(frozen=True, slots=True)
class Started:
    """`ready` returns when the service answers, and raises ServersUnavailable when it will not."""

    url: str
    how: str
    ready: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Broker(Started):
    vhosts: Vhosts


@dataclass(frozen=True, slots=True)
class CtlVhosts:
    """Through `rabbitmqctl`, wherever it is run; `ctl` takes its arguments."""

    ctl: Callable[..., object]
    user: str

    def add(self, name: str) -> None:
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, self.user, ".*", ".*", ".*")

    def delete(self, name: str) -> None:
        self.ctl("delete_vhost", name)


def at_vhost(amqp_url: str, name: str) -> str:
    return urlsplit(amqp_url)._replace(path=f"/{quote(name, safe='')}").geturl()
