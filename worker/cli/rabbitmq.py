"""A command's channel to RabbitMQ, and a sentence when it cannot be had."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiormq.channel import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from worker.broker import LOST, channel_on, connected, losing_is_no_cancelling
from worker.cli.failures import NotFound, Unreachable
from worker.cli.postgres import NAME
from worker.cli.variables import address
from worker.config import Settings
from worker.errors import CannotStart, sentence


@asynccontextmanager
async def to_broker(settings: Settings) -> AsyncIterator[Channel]:
    """A channel with publisher confirms; nothing is declared.

    Raises Unreachable, CannotStart when we are refused, NotFound when an exchange is missing.
    """
    where = f"RabbitMQ at {address(settings.amqp)}"
    try:
        with losing_is_no_cancelling():
            async with connected(settings.amqp, NAME) as connection:
                yield await channel_on(connection, publisher_confirms=True, on_return_raises=True)
    except ChannelNotFoundEntity as error:
        raise NotFound(
            f"{where}: {sentence(error)}; `handover worker` makes it, has it run there?"
        ) from error
    except ChannelAccessRefused as error:
        raise CannotStart(f"{where} does not let this user: {sentence(error)}") from error
    except LOST as error:
        raise Unreachable(f"{where} is not reachable: {sentence(error)}; see AMQP_URL") from error
