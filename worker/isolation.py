"""Batches in which one poisoned delivery, or one that waits for a lock, does not take the others along."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, assert_never

import structlog
from asyncpg import Connection, PostgresError

from schemas import Handover
from worker.consumer import Consumer
from worker.core.settlement import Fate
from worker.database import Database
from worker.dead_letters import Failure
from worker.errors import SessionRaced, sentence
from worker.fate import fate_of_error
from worker.persistence import persist
from worker.settling import LATER_SECONDS, bury, put_off
from worker.subscription import Delivery

log = structlog.get_logger()

ATTEMPTS = 3
"""Tries of a delivery that fails alone for a reason nobody foresaw, before it is a dead letter."""


HURRY = "set local lock_timeout = '200ms'"

WARY_SECONDS = 2 * LATER_SECONDS
"""How long every batch is looked through for what is held, after something was: a try in vain takes five seconds."""

HELD = "somebody else has locked its tenant, its session or its agent"


class Event(Protocol):
    """What a delivery says."""

    @property
    def event_id(self) -> str | None:
        """Its identity, if it has one."""


E = TypeVar("E", bound=Event)
R = TypeVar("R")


@dataclass(slots=True)
class Isolation(Generic[E, R]):
    """Sees batches through a transaction; one that fails is halved until the culprit stands alone.

    `work` is the transaction, all of it or nothing. `conclude` settles the deliveries of a batch it has committed.
    `find_held` says which of the events, by position from 1, would wait for a row that somebody holds.
    """

    consumer: Consumer
    database: Database
    work: Callable[[Connection, Sequence[E]], Awaitable[R]]
    conclude: Callable[[Sequence[tuple[Delivery, E]], R], Awaitable[None]]
    find_held: Callable[[Connection, Sequence[E]], Awaitable[Collection[int]]]
    wary_until: float = 0

    async def handle(self, requests: Sequence[tuple[Delivery, E]]) -> None:
        """Settle every delivery: by `conclude`, as a dead letter, or later."""
        if asyncio.get_running_loop().time() < self.wary_until:
            requests = await self._put_off_held(requests)
        # Before any try: whoever gets blocked by it is put off, and must not be tried here as well.
        free = [request for request in requests if not request[0].blocked]
        # First, for they came first; whatever they wait for may be seen by no look at rows.
        await self._try([request for request in requests if request[0].blocked], hurry=True)
        await self._try(free)

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

    async def _put_off_held(self, requests: Sequence[tuple[Delivery, E]]) -> Sequence[tuple[Delivery, E]]:
        """Those that wait for nobody; the others are put off untried, all of a tenant if it is the tenant."""
        if not requests:
            return requests
        events = [event for _, event in requests]
        try:
            held = await persist(
                self.database,
                lambda connection: self.find_held(connection, events),
                hold=self.consumer.pause,
                resume=self.consumer.resume,
            )
        except PostgresError as error:
            log.warning("not_looked_through", error=sentence(error))
            return requests
        for position in held:
            self._hold_off(*requests[position - 1], HELD)
        return [request for position, request in enumerate(requests, 1) if position not in held]

    async def _divide(self, requests: Sequence[tuple[Delivery, E]], error: Exception) -> None:
        if len(requests) > 1:
            hurry = fate_of_error(error) is Fate.BLOCKED
            if hurry and len(rest := await self._put_off_held(requests)) < len(requests):
                await self._try(rest, hurry=True)
                return
            log.warning("batch_halved", size=len(requests), error=sentence(error))
            middle = len(requests) // 2
            # Whoever holds the row holds it still: looking for the culprit must not take as long as finding out.
            await self._try(requests[:middle], hurry=hurry)
            await self._try(requests[middle:], hurry=hurry)
            return
        [(delivery, event)] = requests
        delivery.attempts += 1
        # A rival does not win each of its tries: something else refuses the session.
        refused = isinstance(error, SessionRaced)
        match Fate.UNEXPECTED if refused else fate_of_error(error):
            case Fate.BLOCKED | Fate.RETRY | Fate.DOWN:
                delivery.attempts -= 1
                self._hold_off(delivery, event, sentence(error))
            case Fate.UNEXPECTED if delivery.attempts < ATTEMPTS:
                self._put_off(delivery, event, sentence(error), exc_info=error)
            case Fate.POISON | Fate.UNEXPECTED:
                handover = event if isinstance(event, Handover) else None
                failure = Failure(delivery, "failed", sentence(error), handover)
                await bury(self.consumer, self.database, [failure])
            case fate:
                assert_never(fate)

    def _hold_off(self, delivery: Delivery, event: E, error: str) -> None:
        """Put off until what it waits for is free; told once, for it may take hours."""
        self.wary_until = asyncio.get_running_loop().time() + WARY_SECONDS
        told, delivery.blocked = delivery.blocked, True
        if told:
            put_off(self.consumer, delivery)
        else:
            self._put_off(delivery, event, error)

    def _put_off(self, delivery: Delivery, event: E, error: str, exc_info: Exception | None = None) -> None:
        log.warning(
            "put_off", event_id=event.event_id, attempts=delivery.attempts, error=error, exc_info=exc_info
        )
        put_off(self.consumer, delivery)
