"""Three private nodes of RabbitMQ in one cluster, any of which can be killed, stopped, started again and cut off.

Every method blocks until what it says is so: from a coroutine, call it by asyncio.to_thread, one at a time.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from chaos.rabbitmq import address, binaries
from worker.servers import Places
from worker.servers.hold import Hold
from worker.servers.node import Node, lay_out, start_epmd
from worker.servers.place import base_folder
from worker.servers.probe import LOOPBACK, amqp_answers
from worker.servers.processes import kill, living_in
from worker.servers.rabbitmq import USER, configuration
from worker.servers.refusal import ServersUnavailable

NAMES = ("a", "b", "c")
SETTLED_SECONDS = 60.0
_CUT_OFF = "[begin erlang:set_cookie(N, cut_off), erlang:disconnect_node(N) end || N <- [{others}]]."
_REJOIN = (
    "[begin erlang:set_cookie(N, erlang:get_cookie()), net_kernel:connect_node(N) end || N <- [{others}]]."
)


class Cluster:
    """Nodes are called by the names in NAMES. A minority that is cut off pauses until it is let back."""

    def __init__(self, hold: Hold, nodes: dict[str, Node], password: str) -> None:
        self._hold = hold
        self._nodes = nodes
        self._password = password
        self._processes: dict[str, str] = {}
        self._cut_off: set[str] = set()

    def url(self, name: str, vhost: str = "/") -> str:
        port = self._nodes[name].port
        return f"amqp://{USER}:{self._password}@{LOOPBACK}:{port}/{quote(vhost, safe='') if vhost != '/' else ''}"

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [address(url) for url in self.urls]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(map(self.url, self._nodes))

    @property
    def together(self) -> tuple[str, ...]:
        """Those that run and are not cut off."""
        return tuple(name for name in self._nodes if name in self._processes and name not in self._cut_off)

    def form(self) -> None:
        """Start all, and have the others join the first."""
        self._start(*self._nodes)
        first, *others = self._nodes
        self._wait_until_running(first, {first})
        for name in others:
            self._wait_until_running(name, {name})
            for words in (["stop_app"], ["join_cluster", self._nodes[first].name], ["start_app"]):
                self.ctl(name, *words)
        self._wait_until_together()

    def start(self, *names: str) -> None:
        self._start(*names)
        self._wait_until_together()

    def _start(self, *names: str) -> None:
        for name in names:
            self._processes[name] = f"{name}-{secrets.token_hex(4)}"
            self._nodes[name].start(self._hold, self._processes[name])
        for name in names:
            self._nodes[name].wait(self._hold, self._processes[name])

    def kill(self, name: str) -> None:
        """As by kill -9, all at once."""
        kill(living_in(self._nodes[name].folder))
        self._cut_off.discard(name)
        self._wait_until_ended(name)

    def stop(self, name: str) -> None:
        """In good order: it hands what it leads to the others first."""
        self._nodes[name].ctl(self._hold, "stop")
        self._cut_off.discard(name)
        self._wait_until_ended(name)

    def cut_off(self, name: str) -> None:
        """From the other nodes. It has paused by then: it threw its clients out and listens no more."""
        self.ctl(name, "eval", _CUT_OFF.format(others=self._others(name)))
        self._cut_off.add(name)
        until(lambda: not amqp_answers(LOOPBACK, self._nodes[name].port), f"{name} pauses")

    def let_back(self, name: str) -> None:
        self.ctl(name, "eval", _REJOIN.format(others=self._others(name)))
        self._cut_off.remove(name)
        until(lambda: amqp_answers(LOOPBACK, self._nodes[name].port), f"{name} goes on")
        self._wait_until_together()

    def mend(self) -> None:
        """All are together when this returns."""
        for name in tuple(self._cut_off):
            self.let_back(name)
        self.start(*(name for name in self._nodes if name not in self._processes))

    def leader(self, queue: str, vhost: str = "/") -> str:
        """The name of the node that leads a quorum queue, as one of those that are together sees it."""
        said = self.ctl(self.together[0], "-p", vhost, "list_queues", "name", "leader", "--formatter", "json")
        (leader,) = [each["leader"] for each in _json(said) if each["name"] == queue]
        return self._called(leader)

    def ctl(self, name: str, *words: str) -> str:
        """What rabbitmqctl answers there."""
        return self._nodes[name].ctl(self._hold, "-q", *words)

    def _others(self, name: str) -> str:
        return ", ".join(f"'{node.name}'" for other, node in self._nodes.items() if other != name)

    def _called(self, node: str) -> str:
        return next(name for name, each in self._nodes.items() if each.name == node)

    def _wait_until_ended(self, name: str) -> None:
        process = self._processes.pop(name)
        until(lambda: self._hold.ended(process) is not None, f"{name} ends")

    def _wait_until_together(self) -> None:
        for name in self.together:
            self._wait_until_running(name, set(self.together))

    def _running(self, name: str) -> set[str]:
        """Nobody as long as it has not quite started, which it does after it listens."""
        try:
            status = _json(self.ctl(name, "cluster_status", "--formatter", "json"))
        except ServersUnavailable:
            return set()
        return {self._called(node) for node in status["running_nodes"]}

    def _wait_until_running(self, name: str, nodes: set[str]) -> None:
        until(lambda: self._running(name) == nodes, f"{name} sees {sorted(nodes)} running")


@contextmanager
def clustered(
    *,
    rabbitmq: int | None = None,
    plugins: Sequence[str] = (),
    places: Places | None = None,
    say: Callable[[str], None] = print,
) -> Iterator[Cluster]:
    """Three nodes of one cluster, of this generation, that end with the block and with us."""
    places = places or Places()
    with Hold(places.base or base_folder(None)) as hold:
        found = binaries(rabbitmq, places, hold, say)
        password, cookie, epmd = secrets.token_urlsafe(24), secrets.token_hex(16), start_epmd(found, hold)
        written = configuration(password) + "cluster_partition_handling = pause_minority\n"
        nodes = {name: lay_out(found, hold.folder / name, epmd, written, plugins) for name in NAMES}
        for node in nodes.values():
            _write_cookie(node, cookie)
        cluster = Cluster(hold, nodes, password)
        cluster.form()
        yield cluster


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SETTLED_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {SETTLED_SECONDS:g} s"
        time.sleep(0.05)


def _write_cookie(node: Node, cookie: str) -> None:
    written = node.folder / "home" / ".erlang.cookie"
    written.touch(mode=0o600)
    written.write_text(cookie)
    written.chmod(0o400)


def _json(said: str) -> Any:
    """The answer, without what was said before it."""
    return json.loads(said[min(said.index(mark) for mark in "[{" if mark in said) :])
