"""`handover watch`."""

import sys
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from worker.cli.options import OfTenant

if TYPE_CHECKING:
    from worker.feed import Feed


def watch(
    *,
    tenant: OfTenant = None,
    agent: Annotated[UUID | None, typer.Option(help="Only this agent's, by id.")] = None,
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after N events.")] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Each event as received, on a line: so it is anyway if stdout is no terminal."
        ),
    ] = False,
) -> None:
    """Show session events as they are published, until Ctrl-C."""
    import asyncio

    asyncio.run(_watch(tenant, agent, count, as_json=as_json or not sys.stdout.isatty()))


async def _watch(tenant: str | None, agent: UUID | None, count: int | None, *, as_json: bool) -> None:
    from worker.cli.feed import binding_key
    from worker.cli.interrupts import on_interrupt
    from worker.cli.output import say
    from worker.cli.rabbitmq import to_broker
    from worker.cli.settings import load
    from worker.feed import subscribed

    settings = load()
    key = binding_key(tenant, agent)
    async with (
        to_broker(settings) as channel,
        subscribed(channel, settings.sessions_exchange, key) as feed,
    ):
        on_interrupt(feed.end)
        say(f"watching {key} of exchange {settings.sessions_exchange}; Ctrl-C ends it")
        await (_print if as_json else _draw)(feed, tenant, count)


async def _print(feed: "Feed", tenant: str | None, count: int | None) -> None:
    from worker.cli.feed import events
    from worker.cli.output import emit

    async for received in events(feed, tenant, count):
        emit(received.line)


async def _draw(feed: "Feed", tenant: str | None, count: int | None) -> None:
    from worker.cli.feed import events
    from worker.cli.screen import live_table

    with live_table() as show:
        async for received in events(feed, tenant, count):
            show(received.event)
