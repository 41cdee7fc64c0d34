"""What happens between the workers and their servers: slow, deaf on one ear, reset, cut at the worst moment."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial

from chaos.frames import PUBLISH_HEAD, bad_ack
from chaos.nemesis import Fault
from chaos.proxy import Proxy
from chaos.stage import Stage

DEAF_SECONDS = 20
"""Longer than three heartbeats and one, and than the deadline of a statement."""


def slow(proxy: Proxy) -> None:
    """A satellite link."""
    for way in (proxy.up, proxy.down):
        way.delay, way.jitter = 0.1, 0.2


def deaf_up(proxy: Proxy) -> None:
    """What the worker sends gets lost, without a word."""
    proxy.up.deaf = True


def deaf_down(proxy: Proxy) -> None:
    """What the server answers gets lost, without a word."""
    proxy.down.deaf = True


def reset(proxy: Proxy) -> None:
    """Every connection is reset."""
    proxy.reset()


def drip(proxy: Proxy) -> None:
    """A few bytes at a time."""
    for way in (proxy.up, proxy.down):
        way.drip, way.delay = 256, 0.01


def cut_commits(proxy: Proxy) -> None:
    """Every third COMMIT gets there, its answer does not."""
    proxy.cut_after(b"commit;", every=3)


def cut_publishes(proxy: Proxy) -> None:
    """Every fifth publish gets there, its confirm does not."""
    proxy.cut_after(PUBLISH_HEAD, every=5)


@asynccontextmanager
async def harmed(stage: Stage, where: str, harm: Callable[[Proxy], None]) -> AsyncIterator[None]:
    """The way to one of the servers is harmed."""
    proxies = stage.to_postgres if where == "postgres" else [stage.to_rabbit]
    for proxy in proxies:
        harm(proxy)
    try:
        yield
    finally:
        for proxy in proxies:
            proxy.heal()


@asynccontextmanager
async def channels_closed(stage: Stage) -> AsyncIterator[None]:
    """The broker closes the channels that consume, them alone, for an acknowledgement that makes no sense."""
    if not stage.to_rabbit.slip_in(bad_ack):
        stage.fleet.surprises.append("there was no channel that consumes")
    yield


def faults() -> Iterator[Fault]:
    yield Fault("rabbitmq-channels-closed", channels_closed)
    for where in ("postgres", "rabbitmq"):
        yield Fault(f"network-{where}-slow", partial(harmed, where=where, harm=slow), 8)
        yield Fault(f"network-{where}-deaf-up", partial(harmed, where=where, harm=deaf_up), DEAF_SECONDS)
        yield Fault(f"network-{where}-deaf-down", partial(harmed, where=where, harm=deaf_down), DEAF_SECONDS)
        yield Fault(f"network-{where}-reset", partial(harmed, where=where, harm=reset))
        yield Fault(f"network-{where}-drip", partial(harmed, where=where, harm=drip), 8)
    yield Fault("network-postgres-cut-commits", partial(harmed, where="postgres", harm=cut_commits), 6)
    yield Fault("network-rabbitmq-cut-publishes", partial(harmed, where="rabbitmq", harm=cut_publishes), 6)
