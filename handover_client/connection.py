"""Connections to RabbitMQ: plain ones, one life each, made again by whoever needs one that lasts."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aio_pika
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError, ChannelInvalidStateError
from yarl import URL

CONNECT_SECONDS = 10
CLOSE_SECONDS = 5
HEARTBEAT_SECONDS = 10
"""A dead peer is noticed after three of these and one more."""

LOST = (AMQPError, OSError, ChannelInvalidStateError)
"""What a broker that is away, or going away, makes a call raise; a timeout is an OSError."""


async def connect(url: str, name: str) -> AbstractConnection:
    """Raises one of LOST. Whoever connects closes, by `close`."""
    address = URL(url)
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=HEARTBEAT_SECONDS)
    connection = aio_pika.Connection(address, client_properties={"connection_name": name})
    try:
        await connection.connect(timeout=CONNECT_SECONDS)
    except BaseException:
        # Left to the collector it would close itself, on whatever loop runs then, if any does.
        await close(connection)
        raise
    return connection


async def close(connection: AbstractConnection) -> None:
    """Whatever the broker answers, or does not."""
    try:
        with suppress(*LOST):  # it was gone before us
            await asyncio.wait_for(connection.close(), CLOSE_SECONDS)
    finally:
        # A broker that answered nothing left it half closed; the second time it needs no answer.
        await connection.close()


@contextmanager
def losing_is_no_cancelling() -> Iterator[None]:
    """A client that closes a dead connection cancels whoever waits for an answer on it: to them it is lost.

    So it is where the broker's last frame and its hanging up come together: of that the client makes a bare Exception.
    Raises ConnectionAbortedError then, which is one of LOST; a task that is really being cancelled still is.
    """
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionAbortedError("the connection was given up while an answer was awaited") from None
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise ConnectionAbortedError("the broker hung up while an answer was awaited") from error


async def pause(attempt: int, most_seconds: float) -> None:
    """Wait before the next try: full jitter, so that many do not come back all at once. The first attempt is 0."""
    await asyncio.sleep(random.uniform(0, min(0.1 * 2 ** min(attempt, 20), most_seconds)))  # noqa: S311 - no secret
