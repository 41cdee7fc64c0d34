"""Five mistakes a worker could make, put into a running one from outside: a checker that misses one is worthless."""

import asyncio
from collections.abc import Callable
from typing import Any

from chaos.wrapping import Function, NoSuchSeam, find, statement, wrap
from worker import sql
from worker.database import connect


def _ack_before_commit() -> None:
    """The broker forgets a delivery as it hands it over."""

    def consume(original: Function) -> Function:
        async def consumed(channel: Any, *args: Any, **kwargs: Any) -> Any:
            return await original(channel, *args, **{**kwargs, "no_ack": True})

        return consumed

    def nothing(_: Function) -> Function:
        async def settled(*_: Any, **__: Any) -> None:
            pass

        return settled

    wrap("aiormq.channel:Channel.basic_consume", consume)
    wrap("aiormq.channel:Channel.basic_ack", nothing)
    wrap("aiormq.channel:Channel.basic_nack", nothing)


def _no_sweep() -> None:
    """What a crash left in the outbox stays there."""

    def never(_: Function) -> Function:
        async def sweep(*_: Any, **__: Any) -> None:
            await asyncio.Event().wait()

        return sweep

    wrap("worker.sweeper:sweep", never)


def _dedupe_off() -> None:
    """Every event is new."""
    text = statement("record_events")
    everything = text.replace(
        "on conflict do nothing", "on conflict (tenant_id, event_id) do update set handled_at = now()"
    )
    if everything == text:
        raise NoSuchSeam("worker/sql/record_events.sql no longer says `on conflict do nothing`")
    sql._TEXTS["record_events"] = everything


def _no_tenant_lock() -> None:
    """The lock is taken, the turns are counted, and the lock is gone before anything was decided."""

    def at_once(original: Function) -> Function:
        async def lock_tenants(connection: Any, *args: Any, **kwargs: Any) -> Any:
            parameters, address = connection._params, connection._addr
            dsn = f"postgresql://{parameters.user}:{parameters.password}@{address[0]}:{address[1]}/{parameters.database}"
            other = await connect(dsn, name="sabotage")
            try:
                return await original(other, *args, **kwargs)
            finally:
                await other.close()

        return lock_tenants

    wrap("worker.desks:lock_tenants", at_once)


def _no_confirms() -> None:
    """A publish counts as done once it was written to a socket."""

    def channel(original: Function) -> Function:
        def opened(connection: Any, *args: Any, **kwargs: Any) -> Any:
            return original(connection, *args, **{**kwargs, "publisher_confirms": False})

        return opened

    wrap("aio_pika.connection:Connection.channel", channel)


SABOTAGE: dict[str, Callable[[], None]] = {
    "ack-before-commit": _ack_before_commit,
    "no-sweep": _no_sweep,
    "dedupe-off": _dedupe_off,
    "no-tenant-lock": _no_tenant_lock,
    "no-confirms": _no_confirms,
}


def sabotage(name: str) -> None:
    """Make this process do it. Raises NoSuchSeam where the worker has changed."""
    if name not in SABOTAGE:
        raise NoSuchSeam(f"there is no sabotage {name!r}: choose of {', '.join(SABOTAGE)}")
    find("worker.app:run")
    SABOTAGE[name]()
