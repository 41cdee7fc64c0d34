"""Five mistakes a worker could make, put into a running one from outside: a checker that misses one is worthless."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

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
    recording, counting = _taken_apart(statement("record_events"))

    def apart(original: Function) -> Function:
        async def fetch(connection: Any, query: str, *args: Any, **kwargs: Any) -> Any:
            if query != statement("record_events"):
                return await original(connection, query, *args, **kwargs)
            new = await original(connection, recording, *args, **kwargs)
            async with _another(connection) as other:
                return [*new, *await original(other, counting, [row["tenant_id"] for row in new])]

        return fetch

    def at_once(original: Function) -> Function:
        async def lock_tenant(connection: Any, *args: Any, **kwargs: Any) -> Any:
            async with _another(connection) as other:
                return await original(other, *args, **kwargs)

        return lock_tenant

    wrap("asyncpg.connection:Connection.fetch", apart)
    wrap("worker.desks:lock_tenant", at_once)


def _taken_apart(text: str) -> tuple[str, str]:
    """Recording new events, and counting turns of the tenants of these: of one statement, two."""
    found = re.fullmatch(
        r"(?s)(.*\n)\), locked as \(\n(.*)\bfrom new\b(.*?)\n\)\n(select .*?)\nunion all\n(.*)", text
    )
    if not found:
        raise NoSuchSeam("worker/sql/record_events.sql no longer locks the tenants in `locked`")
    new, before, after, select_new, select_locked = found.groups()
    given = "from unnest($1::text[]) as new (tenant_id)"
    counted = select_locked.replace("tenant_id, null,", "tenant_id, null::text as event_id,")
    return f"{new})\n{select_new}", f"with locked as (\n{before}{given}{after}\n)\n{counted}"


@asynccontextmanager
async def _another(connection: Any) -> AsyncIterator[asyncpg.Connection]:
    """A second connection to where this one leads."""
    parameters, (host, port) = connection._params, connection._addr
    login = f"{parameters.user}:{parameters.password}"
    other = await connect(f"postgresql://{login}@{host}:{port}/{parameters.database}", name="sabotage")
    try:
        yield other
    finally:
        await other.close()


def _no_confirms() -> None:
    """A publish counts as done once it was written to a socket."""

    def done(original: Function) -> Function:
        async def send(channel: Any, payload: bytes, window: Any) -> None:
            await original(channel, payload, window)
            channel.confirmations.clear()
            for position in list(window.unanswered):
                window.answer(position)

        return send

    wrap("worker.window:_send", done)


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
