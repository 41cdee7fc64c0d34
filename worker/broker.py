"""Connections to RabbitMQ.

Plain connections, one life each: what is restored behind one's back cannot be reasoned about. Whoever needs one
that lasts runs `forever`, and everything that belongs to a dead connection is dropped with it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import aio_pika
import aiormq.connection
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel
from aiormq.channel import Channel
from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelInvalidStateError,
    ChannelPreconditionFailed,
    InvalidFrameError,
    ProbableAuthenticationError,
)
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential
from yarl import URL

from worker.errors import CannotStart, failure, sentence
from worker.hosts import each_host
from worker.receiving import Receiver
from worker.topology import Topology, declare

log = structlog.get_logger()

aiormq.connection.FrameReceiver = Receiver  # type: ignore[misc]  # there is no other way in

CONNECT_SECONDS = 10
CALL_SECONDS = 10
HEARTBEAT_SECONDS = 10
"""A dead peer is noticed after three of these and one more."""

LOST = (AMQPError, OSError, TimeoutError, ChannelInvalidStateError)
"""What a broker that is away, or going away, makes a call raise."""


def reconnecting(purpose: str, *, starting: bool = False) -> AsyncRetrying:
    """Tries without end while the broker is away: full jitter, so that workers do not come back all at once.

    A refusal ends only what is `starting`: a broker that restarts refuses for a moment what it took before.
    """
    return AsyncRetrying(
        retry=retry_if_exception_type(LOST if starting else (*LOST, CannotStart)),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        before_sleep=lambda state: log.warning(
            "broker_away", purpose=purpose, attempt=state.attempt_number, error=complaint(failure(state))
        ),
    )


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """One connection, to the first of the URL's hosts that answers; closed at the end.

    Raises CannotStart when the broker refuses us, one of LOST when all its hosts are away.
    """
    *others, last = each_host(url)
    async with AsyncExitStack() as open_until_then:
        for host in others:
            try:
                connection = await _connected(host, name, open_until_then)
            except LOST as error:
                log.info("broker_host_away", host=place(host), error=complaint(error))
            else:
                break
        else:
            connection = await _connected(last, name, open_until_then)
        yield connection


async def _connected(url: str, name: str, stack: AsyncExitStack) -> AbstractConnection:
    address = URL(url)
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=HEARTBEAT_SECONDS)
    connection = aio_pika.Connection(address, client_properties={"connection_name": name})
    # Also one that never came to be: left to the collector it closes itself, on whatever loop runs then.
    stack.push_async_callback(_close, connection)
    await _connect(connection, url)
    return connection


async def _connect(connection: AbstractConnection, url: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.connect()
    except (AuthenticationError, ProbableAuthenticationError) as error:
        raise CannotStart(
            f"RabbitMQ at {place(url)} refuses the user or the password: see AMQP_URL"
        ) from error
    except InvalidFrameError as error:
        # How aiormq tells that the broker answered Connection.Open with Connection.Close.
        raise CannotStart(
            f"RabbitMQ at {place(url)} refuses the virtual host: does it exist, and may this user enter it?"
        ) from error


@asynccontextmanager
async def open_channel(url: str, name: str, topology: Topology) -> AsyncIterator[Channel]:
    """A channel with publisher confirms on a connection of its own, the topology declared.

    Raises CannotStart when the broker refuses us or the topology, one of LOST when it is away.
    """
    with losing_is_no_cancelling():
        async with connected(url, name) as connection:
            async with asyncio.timeout(CALL_SECONDS):
                await _declare(connection, topology)
                channel = await channel_on(connection, publisher_confirms=True)
            yield channel


async def channel_on(connection: AbstractConnection, **options: bool) -> Channel:
    """A channel on the connection, with these options of aio-pika's. Raises one of LOST."""
    async with asyncio.timeout(CALL_SECONDS):
        channel = await connection.channel(**options)
        return of_aiormq(await channel.get_underlay_channel())


def of_aiormq(channel: AbstractChannel) -> Channel:
    """The channel, as what it is. Raises TypeError when it is somebody else's."""
    if not isinstance(channel, Channel):
        raise TypeError(f"the channel is {channel!r}, not one of aiormq's")
    return channel


@contextmanager
def losing_is_no_cancelling() -> Iterator[None]:
    """A client that closes a dead connection cancels whoever waits for an answer on it: to them it is lost.

    Raises ConnectionAbortedError then, which is one of LOST; a task that is really being cancelled still is.
    """
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionAbortedError("the connection was given up while an answer was awaited") from None


async def _declare(connection: AbstractConnection, topology: Topology) -> None:
    try:
        async with connection.channel() as channel:
            await declare(channel, topology)
    except ChannelPreconditionFailed as error:
        raise CannotStart(
            f"RabbitMQ has an object of ours with other arguments: {complaint(error)}"
        ) from error
    except ChannelAccessRefused as error:
        raise CannotStart(
            f"RabbitMQ does not let this user declare the topology: {complaint(error)}"
        ) from error


def complaint(error: BaseException | None) -> str:
    """What the broker said, in one line; aiormq keeps it in the arguments and shows a template instead."""
    said = [each for each in error.args if isinstance(each, str)] if isinstance(error, AMQPError) else []
    return sentence(Exception(said[0]) if said else error)


def place(url: str) -> str:
    """Where a URL leads, without the user, the password and the options."""
    # By hand: a database URL may name several hosts, which no URL parser takes.
    return url.partition("://")[2].partition("?")[0].rpartition("@")[2]


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await connection.close()
    except LOST as error:
        log.debug("connection_close_failed", error=str(error))
    finally:
        # A broker that answered nothing left it half closed; the second time it needs no answer.
        await connection.close()
