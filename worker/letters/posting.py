"""Parcels into the queue of requests, in order, each confirmed by the broker."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from pamqp.commands import Queue

from worker.broker import CALL_SECONDS, LOST, complaint, losing_is_no_cancelling
from worker.letters.wire import Parcel

CONFIRM_SECONDS = 30


class BrokerLost(Exception):
    """The broker went away before it said whether it has the letters."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The positions the broker has, those it says it has not, and those it did not speak of."""

    confirmed: list[int]
    refused: list[int]
    unknown: list[int]
    complaint: str | None


class Post:
    """The way to one queue."""

    def __init__(self, channel: Channel, queue: str) -> None:
        self._channel, self._queue = channel, queue

    async def consumers(self) -> int:
        """How many take from the queue. Raises aiormq's ChannelNotFoundEntity when there is none, one of LOST."""
        return (await self._look()).consumer_count or 0

    async def ready(self) -> int:
        """How many messages wait in the queue. Raises BrokerLost."""
        try:
            return (await self._look()).message_count or 0
        except LOST as error:
            raise BrokerLost(complaint(error)) from error

    async def send(self, parcels: Sequence[Parcel]) -> Posted:
        """Send them in order, all in flight at once."""
        errors = await asyncio.gather(*(self._tried(parcel) for parcel in parcels))
        outcomes = [(parcel.position, error) for parcel, error in zip(parcels, errors, strict=True)]
        return Posted(
            confirmed=[position for position, error in outcomes if error is None],
            refused=[position for position, error in outcomes if isinstance(error, DeliveryError)],
            unknown=[
                position
                for position, error in outcomes
                if error is not None and not isinstance(error, DeliveryError)
            ],
            complaint=next((complaint(error) for error in errors if error), None),
        )

    async def _look(self) -> Queue.DeclareOk:
        with losing_is_no_cancelling():
            return await self._channel.queue_declare(self._queue, passive=True, timeout=CALL_SECONDS)

    async def _tried(self, parcel: Parcel) -> Exception | None:
        # The default exchange: a queue's name is its routing key, so no other queue gets a copy.
        try:
            with losing_is_no_cancelling():
                await self._channel.basic_publish(
                    parcel.body,
                    exchange="",
                    routing_key=self._queue,
                    properties=parcel.properties,
                    mandatory=True,
                    timeout=CONFIRM_SECONDS,
                    wait=False,
                )
        except (*LOST, DeliveryError) as error:
            return error
        return None
