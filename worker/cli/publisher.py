"""Handovers onto the exchange, each confirmed by the broker."""

import asyncio
from collections.abc import Sequence

from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic

from schemas import CONTENT_TYPE, HANDOVER_TYPE
from worker.broker import LOST, losing_is_no_cancelling
from worker.cli.request import Request
from worker.topology import REQUESTED

CONFIRM_SECONDS = 30
PERSISTENT = 2


class NotTaken(Exception):
    """The broker answered that it did not take the event."""


async def publish(channel: Channel, exchange: str, request: Request) -> None:
    """Return when the broker has the event on disk.

    Raises NotTaken when it says it has not, one of worker.broker.LOST when it does not say.
    """
    try:
        with losing_is_no_cancelling():
            await channel.basic_publish(
                request.body,
                exchange=exchange,
                routing_key=REQUESTED,
                properties=Basic.Properties(
                    content_type=CONTENT_TYPE,
                    delivery_mode=PERSISTENT,
                    message_id=request.id,
                    message_type=HANDOVER_TYPE,
                    timestamp=request.time,
                    app_id="handover-cli",
                ),
                mandatory=True,
                timeout=CONFIRM_SECONDS,
                wait=False,
            )
    except PublishError as error:
        raise NotTaken(
            f"no queue takes {REQUESTED} from exchange {exchange!r}; `handover worker` binds one, has it run there?"
        ) from error
    except DeliveryError as error:
        raise NotTaken("the broker refused it; is its queue full?") from error


async def publish_all(channel: Channel, exchange: str, requests: Sequence[Request]) -> list[Exception | None]:
    """Publish in order, all in flight at once; for each what went wrong."""
    return list(await asyncio.gather(*(_tried(channel, exchange, request) for request in requests)))


async def _tried(channel: Channel, exchange: str, request: Request) -> Exception | None:
    try:
        await publish(channel, exchange, request)
    except (NotTaken, *LOST) as error:
        return error
    return None
