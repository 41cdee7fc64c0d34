"""The composition root: makes everything, runs it until told to stop, and ends it in order."""

import asyncio
import os
import platform
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version

import structlog

from worker import metrics
from worker.attention import Attention
from worker.backstop import drain
from worker.batcher import Batcher
from worker.broker import losing_is_no_cancelling, place
from worker.config import Settings
from worker.consumer import Consumer
from worker.database import CARING, UNDOABLE, Database
from worker.dependencies import answered
from worker.desks import Routing
from worker.forgetting import forget
from worker.listener import listen
from worker.presence import follow
from worker.reading import read_handover, said
from worker.relay import Relay
from worker.replies import Replies
from worker.stock import take_stock
from worker.sweeper import sweep
from worker.topology import Topology
from worker.tracing import Tracing, tracing
from worker.vitals import Vitals

log = structlog.get_logger()


async def run(settings: Settings, *, stop: asyncio.Event | None = None) -> None:
    """Run a worker until SIGTERM, SIGINT or `stop`; a second signal ends it at once.

    Raises CannotStart when a dependency refuses us: waiting would not help.
    """
    stop = stop or _stopped_by_signals()
    name = f"handover-worker {socket.gethostname()} {os.getpid()}"
    log.info(
        "starting",
        version=version("handover-worker"),
        database=place(settings.dsn),
        broker=place(settings.amqp),
    )
    vitals = Vitals(settings.ready_outbox_seconds)
    async with _answering(settings, vitals), tracing(settings, name) as traced:
        start = asyncio.ensure_future(answered(settings, name))
        if not await _first(start, stop):
            return
        await start
        await Worker(settings, name, vitals, traced).run(stop)
    log.info("stopped")


@asynccontextmanager
async def _answering(settings: Settings, vitals: Vitals) -> AsyncIterator[None]:
    if settings.http_port is None:
        yield
        return
    # Twelve megabytes of web server, for those who want it.
    from worker.answering import answering  # noqa: PLC0415

    metrics.BUILD_INFO.labels(version("handover-worker"), platform.python_version()).set(1)
    async with answering(settings.http_host, settings.http_port, vitals):
        yield


class Worker:
    """Everything one process runs."""

    def __init__(self, settings: Settings, name: str, vitals: Vitals, traced: Tracing) -> None:
        self._settings = settings
        self._name = name
        self._vitals = vitals
        topology = Topology(settings.exchange, settings.sessions_exchange)
        steady = [Database(settings.dsn, name) for _ in range(6)]
        self._hot, self._attending, self._chores, self._forgetting, self._counted, self._recalling = steady
        self._caring = Database(settings.dsn, name, CARING)
        self._announcing = Database(settings.dsn, name, UNDOABLE)
        self._databases = [*steady, self._caring, self._announcing]
        routing = Routing(
            reassign=settings.reassign,
            heartbeat=timedelta(seconds=settings.heartbeat_seconds) or None,
            lease_seconds=settings.lease_seconds,
        )
        self._relay = Relay(settings.amqp, name, topology, self._announcing, traced)
        self._replies = Replies(settings.amqp, name, topology, self._recalling)
        self._requests = Consumer(
            settings.amqp,
            name,
            topology,
            topology.requests,
            settings.prefetch,
            ahead=partial(said, read=read_handover),
        )
        self._agents = Consumer(settings.amqp, name, topology, topology.agents, 500)
        self._backstop = Consumer(settings.amqp, name, topology, topology.dead_letters, 100)
        self._batcher = Batcher(
            self._requests,
            self._hot,
            self._relay.offer,
            self._relay.room,
            self._replies.offer,
            limit=settings.batch,
            routing=routing,
            tracing=traced,
        )
        self._attention = Attention(
            self._caring,
            self._relay.offer,
            routing=routing,
            max_age=settings.waiting_max_age,
            every_seconds=settings.drain_seconds,
        )
        vitals.consumers = (self._requests, self._agents, self._backstop)
        vitals.databases = self._databases
        vitals.relay = self._relay

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then finish what was started, announce it, and give the rest back."""
        settings = self._settings
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as tasks:
                batching = tasks.create_task(missed(self._batcher.run()))
                attending = tasks.create_task(missed(follow(self._agents, self._attending)))
                draining = tasks.create_task(missed(drain(self._backstop, self._chores)))
                endless = [
                    tasks.create_task(missed(work))
                    for work in (
                        self._relay.run(),
                        self._replies.run(),
                        self._requests.run(),
                        self._agents.run(),
                        self._backstop.run(),
                        self._attention.run(),
                        listen(settings.dsn, self._name, self._attention.wake),
                        sweep(
                            self._relay,
                            self._chores,
                            every_seconds=settings.sweep_seconds,
                            lease_seconds=settings.lease_seconds,
                        ),
                        forget(
                            self._forgetting,
                            keep_events_days=settings.keep_events_days,
                            keep_audit_days=settings.keep_audit_days,
                        ),
                        *self._counting(),
                    )
                ]
                self._vitals.tasks = (batching, attending, draining, *endless)
                await stop.wait()
                self._vitals.stopping = True
                # What is still closing its connection by then is cancelled a second time.
                limit.reschedule(asyncio.get_running_loop().time() + 0.95 * settings.shutdown_seconds)
                await self._wind_down(batching, attending, draining)
                for task in (batching, attending, draining, *endless):
                    task.cancel()
        except TimeoutError:
            log.warning("shutdown_cut_short", seconds=settings.shutdown_seconds)
        finally:
            for database in self._databases:
                database.discard()

    def _counting(self) -> Iterator[Awaitable[None]]:
        """Only where somebody may ask for the figures."""
        if self._settings.http_port is not None:
            yield take_stock(self._counted, self._vitals)

    async def _wind_down(self, *started: asyncio.Task[None]) -> None:
        log.info("stopping")
        # Half the time to finish what was started, a quarter to announce it; closing connections has the rest.
        step = self._settings.shutdown_seconds / 4
        consumers = (self._requests, self._agents, self._backstop)
        for consumer in consumers:
            consumer.close()
        await _in_time("pause", step / 2, *(consumer.pause() for consumer in consumers))
        await _in_time("finish", step * 1.5, *started, self._attention.close())
        await _in_time("give_back", step / 2, *(consumer.give_back() for consumer in consumers))
        await _in_time("announce", step, self._relay.drained(), self._replies.drained())


async def missed(work: Awaitable[None]) -> None:
    """Work whose end by a cancellation that nobody asked for ends the worker: a task group would not notice it."""
    with losing_is_no_cancelling():
        await work


async def _in_time(step: str, seconds: float, *work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*work)
    except TimeoutError:
        log.warning("shutdown_step_cut_short", step=step, seconds=seconds)


async def _first(task: asyncio.Future[None], stop: asyncio.Event) -> bool:
    """Whether the task ended before the stop; if not it is cancelled."""
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
    ended = task.done()
    task.cancel()
    stopping.cancel()
    return ended


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    first = 0.0

    def tell() -> None:
        nonlocal first
        first = first or loop.time()
        # A process group and its leader often get the same wish twice in one moment.
        if loop.time() - first > 1:
            os._exit(130)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    return stop
