"""Batches in which one poisoned delivery does not take the others along."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, assert_never

import structlog
from asyncpg import Connection

from schemas import Handover
from worker.consumer import Consumer
from worker.core.settlement import Fate
from worker.database import Database
from worker.dead_letters import Failure
from worker.errors import SessionRaced, sentence
from worker.fate import fate_of_error
from worker.persistence import persist
from worker.settling import bury, put_off
from worker.subscription import Delivery

log = structlog.get_logger()

ATTEMPTS = 3
"""Tries of a delivery that fails alone for a reason nobody foresaw, before it is a dead letter."""


HURRY = "set local lock_timeout = '200ms'"


class Event(Protocol):
    """What a delivery says."""

    @property
    def event_id(self) -> str | None:
        """Its identity, if it has one."""


E = TypeVar("E", bound=Event)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Isolation(Generic[E, R]):
    """Sees batches through a transaction; one that fails is halved until the culprit stands alone.

    `work` is the transaction, all of it or nothing. `conclude` settles the deliveries of a batch it has committed.
    """

    consumer: Consumer
    database: Database
    work: Callable[[Connection, Sequence[E]], Awaitable[R]]
    conclude: Callable[[Sequence[tuple[Delivery, E]], R], Awaitable[None]]

    async def handle(self, requests: Sequence[tuple[Delivery, E]]) -> None:
        """Settle every delivery: by `conclude`, as a dead letter, or later."""
        free = [request for request in requests if not request[0].blocked]
        # Before any try: whoever gets blocked by it is put off, and must not be tried here as well.
        blocked = [request for request in requests if request[0].blocked]
        await self._try(free)
        for request in blocked:
            await self._try([request], hurry=True)

    async def _try(self, requests: Sequence[tuple[Delivery, E]], *, hurry: bool = False) -> None:
        if not requests:
            return
        events = [event for _, event in requests]
        try:
            result = await persist(
                self.database,
                lambda connection: (self._hurried if hurry else self.work)(connection, events),
                hold=self.consumer.pause,
                resume=self.consumer.resume,
            )
        except Exception as error:  # noqa: BLE001 - the boundary: an escaped error would strand the whole batch
            await self._divide(requests, error)
        else:
            await self.conclude(requests, result)

    async def _hurried(self, connection: Connection, events: Sequence[E]) -> R:
        async with connection.transaction():
            await connection.execute(HURRY)
            return await self.work(connection, events)

    async def _divide(self, requests: Sequence[tuple[Delivery, E]], error: Exception) -> None:
        if len(requests) > 1:
            log.warning("batch_halved", size=len(requests), error=sentence(error))
            middle = len(requests) // 2
            # Whoever holds the row holds it still: looking for the culprit must not take as long as finding out.
            hurry = fate_of_error(error) is Fate.BLOCKED
            await self._try(requests[:middle], hurry=hurry)
            await self._try(requests[middle:], hurry=hurry)
            return
        [(delivery, event)] = requests
        delivery.attempts += 1
        # A rival does not win each of its tries: something else refuses the session.
        refused = isinstance(error, SessionRaced)
        match Fate.UNEXPECTED if refused else fate_of_error(error):
            case Fate.BLOCKED | Fate.RETRY | Fate.DOWN as fate:
                delivery.attempts -= 1
                delivery.blocked = True
                self._put_off(delivery, event, error, fate)
            case Fate.UNEXPECTED as fate if delivery.attempts < ATTEMPTS:
                self._put_off(delivery, event, error, fate)
            case Fate.POISON | Fate.UNEXPECTED:
                handover = event if isinstance(event, Handover) else None
                failure = Failure(delivery, "failed", sentence(error), handover)
                await bury(self.consumer, self.database, [failure])
            case fate:
                assert_never(fate)

    def _put_off(self, delivery: Delivery, event: E, error: Exception, fate: Fate) -> None:
        log.warning(
            "put_off",
            event_id=event.event_id,
            fate=fate.name.lower(),
            attempts=delivery.attempts,
            error=sentence(error),
            exc_info=error if fate is Fate.UNEXPECTED else None,
        )
        put_off(self.consumer, delivery)
