"""The demonstration's composition: the real worker, bots, and a screen, in one event loop."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from random import Random

from aiormq.channel import Channel
from pydantic import PostgresDsn, Secret

from schemas import Handover
from worker import app
from worker.broker import open_channel
from worker.cli.companion import console_beside
from worker.cli.feed import events
from worker.cli.interrupts import on_interrupt
from worker.cli.postgres import reaching_database, to_database
from worker.cli.publisher import publish
from worker.cli.rabbitmq import to_broker
from worker.cli.request import request
from worker.cli.screen import live_table, plain_line
from worker.config import AmqpDsn, Settings
from worker.demo.cast import enlist
from worker.demo.traffic import play
from worker.feed import Feed, subscribed
from worker.migrations import migrate
from worker.topology import Topology


def at(settings: Settings, database_url: str, amqp_url: str) -> Settings:
    """The settings, on these servers."""
    return settings.model_copy(
        update={
            "database_url": Secret(PostgresDsn(database_url)),
            "amqp_url": Secret(AmqpDsn(amqp_url)),
        }
    )


async def perform(
    settings: Settings, seconds: float | None, console: Mapping[str, str] | None = None
) -> None:
    """Until SIGTERM, Ctrl-C or the time is over; with a console beside it, if there is an environment for one."""
    stop = asyncio.Event()
    on_interrupt(stop.set)
    with reaching_database(settings):
        await migrate(settings.dsn)
    topology = Topology(settings.exchange, settings.sessions_exchange)
    async with open_channel(settings.amqp, "handover-demo", topology):
        pass
    async with (
        to_database(settings) as connection,
        to_broker(settings) as channel,
        subscribed(channel, topology.sessions, "session.#") as feed,
        console_beside(console) if console else nullcontext(),
    ):
        await enlist(connection)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, stop.set)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.run(settings, stop=stop))
            tasks.create_task(play(connection, _publisher(channel, topology), Random(), stop))  # noqa: S311 - dice, not a secret
            tasks.create_task(_show(feed))
            await stop.wait()
            feed.end()


def _publisher(channel: Channel, topology: Topology) -> Callable[[Handover], Awaitable[None]]:
    async def publish_one(handover: Handover) -> None:
        await publish(channel, topology.exchange, request(handover))

    return publish_one


async def _show(feed: Feed) -> None:
    with live_table() if sys.stdout.isatty() else nullcontext(plain_line) as show:
        async for received in events(feed, None, None):
            show(received.event)
