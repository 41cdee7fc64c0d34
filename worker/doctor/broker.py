"""Looking at RabbitMQ: a throw-away channel for each object, because asking for one that is amiss closes it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import unquote, urlsplit

from aio_pika.abc import AbstractChannel, AbstractConnection, ExchangeType
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelClosed,
    ChannelLockedResource,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)
from pamqp.common import Arguments

from worker.broker import LOST, complaint, connected
from worker.core.diagnosis import broker as diagnosis
from worker.core.diagnosis.broker import Seen, Standing
from worker.core.diagnosis.finding import Finding, fail, unreachable
from worker.doctor.management import ask_bindings
from worker.errors import CannotStart, sentence
from worker.topology import Binding, Topology, bindings, exchanges, queues

CONNECT_SECONDS = 1.5
LOOK_SECONDS = 1.0

STANDINGS: dict[type[ChannelClosed], Standing] = {
    ChannelNotFoundEntity: Standing.MISSING,
    ChannelPreconditionFailed: Standing.DIFFERENT,
    ChannelLockedResource: Standing.DIFFERENT,
    ChannelAccessRefused: Standing.REFUSED,
}


async def examine(url: str, where: str, topology: Topology, management_url: str | None) -> list[Finding]:
    """Every finding about RabbitMQ; `where` is what may be shown of the url."""
    findings: list[Finding] = []
    began = perf_counter()
    try:
        async with asyncio.timeout(CONNECT_SECONDS) as deadline:
            async with connected(url, "handover-doctor") as connection:
                deadline.reschedule(asyncio.get_running_loop().time() + 2 * LOOK_SECONDS)
                findings.append(_version(connection, where, perf_counter() - began))
                objects, bound = await asyncio.gather(
                    _see_objects(connection, topology), ask_bindings(management_url, url, topology)
                )
                findings += diagnosis.topology(objects, _vhost(url))
                findings += _consumers(objects, topology)
                findings += _bound(objects, bound, topology)
    except CannotStart as error:
        findings.append(fail("rabbitmq", sentence(error), "handover config"))
    except LOST as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else sentence(error)
        says = f"RabbitMQ at {where} is not reachable: {why}"
        findings.append(unreachable("rabbitmq", says, "handover config"))
    return findings


def _version(connection: AbstractConnection, where: str, took: float) -> Finding:
    transport = connection.transport
    properties = transport.connection.server_properties if transport else {}
    product, number = (str(properties.get(name, "unknown")) for name in ("product", "version"))
    return diagnosis.version(product, number, where, took)


async def _see_objects(connection: AbstractConnection, topology: Topology) -> list[Seen]:
    return await asyncio.gather(
        *(_see(Exchange(connection, name, kind)) for name, kind in exchanges(topology).items()),
        *(_see(Queue(connection, name, arguments)) for name, arguments in queues(topology).items()),
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """One we expect."""

    connection: AbstractConnection
    name: str
    type: ExchangeType
    kind: str = "exchange"

    async def ask(self, channel: AbstractChannel, *, passive: bool) -> Seen:
        await channel.declare_exchange(self.name, self.type, durable=True, passive=passive)
        return Seen(self.kind, self.name, Standing.AS_DECLARED)


@dataclass(frozen=True, slots=True)
class Queue:
    """One we expect."""

    connection: AbstractConnection
    name: str
    arguments: Arguments
    kind: str = "queue"

    async def ask(self, channel: AbstractChannel, *, passive: bool) -> Seen:
        queue = await channel.declare_queue(
            self.name, durable=True, arguments=self.arguments, passive=passive
        )
        counts = queue.declaration_result
        return Seen(
            self.kind,
            self.name,
            Standing.AS_DECLARED,
            messages=counts.message_count or 0,
            consumers=counts.consumer_count or 0,
        )


async def _see(expected: Exchange | Queue) -> Seen:
    seen = Seen(expected.kind, expected.name, Standing.SILENT, f"no answer within {LOOK_SECONDS} s")
    try:
        async with (
            asyncio.timeout(LOOK_SECONDS),
            expected.connection.channel(publisher_confirms=False) as channel,
        ):
            seen = await expected.ask(channel, passive=True)
            # Only what is there is declared again, which changes nothing: an active declare alone would make it.
            return await expected.ask(channel, passive=False)
    except TimeoutError:
        return replace(seen, standing=Standing.SILENT, why=f"no answer within {LOOK_SECONDS} s")
    except ChannelClosed as error:
        return replace(seen, standing=_standing(error), why=complaint(error))


def _standing(error: ChannelClosed) -> Standing:
    # How a queue is answered for whose node is away.
    if "inaccessible" in complaint(error):
        return Standing.SILENT
    return STANDINGS.get(type(error), Standing.SILENT)


def _consumers(objects: Sequence[Seen], topology: Topology) -> list[Finding]:
    queues = [seen for seen in objects if seen.kind == "queue"]
    found = [
        diagnosis.consumers(seen, needed=seen.name in (topology.requests, topology.agents)) for seen in queues
    ]
    return [finding for finding in found if finding]


def _bound(objects: Sequence[Seen], bound: set[Binding] | str, topology: Topology) -> list[Finding]:
    if isinstance(bound, str):
        return [diagnosis.subscribers_unseen(topology.sessions, bound)]
    there = {seen.name for seen in objects if seen.standing is not Standing.MISSING}
    possible = [each for each in bindings(topology) if {each.queue, each.exchange} <= there]
    missing = {each.queue for each in possible if each not in bound}
    listening = {each.queue for each in bound if each.exchange == topology.sessions}
    return [
        *([diagnosis.bindings(missing)] if possible else []),
        *([diagnosis.subscribers(topology.sessions, listening)] if topology.sessions in there else []),
    ]


def _vhost(url: str) -> str:
    return unquote(urlsplit(url).path[1:]) or "/"
