"""Batches in which one poisoned delivery, or one that waits for a lock, does not take the others along."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
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
from worker.settling import LATER_SECONDS, bury, put_off
from worker.subscription import Delivery

log = structlog.get_logger()

ATTEMPTS = 3
"""Tries of a delivery that fails alone for a reason nobody foresaw, before it is a dead letter."""

HURRY = "set local lock_timeout = '500ms'"
"""As long as a few other workers in turn may have a busy tenant."""

HURRY_SECONDS = 1.0
"""For the tries of one batch that wait for what is held: who does not get one is put off without."""

WARY_SECONDS = 2 * LATER_SECONDS
"""How long every batch is looked through for what is held, after a tenant's was: a try in vain takes five seconds."""

HELD = "somebody else has locked its tenant, its session or its agent"


class Event(Protocol):
    """What a delivery says."""

    @property
    def event_id(self) -> str | None:
        """Its identity, if it has one."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""


E = TypeVar("E", bound=Event)
R = TypeVar("R")
Requests = Sequence[tuple[Delivery, E]]


@dataclass(slots=True)
class Isolation(Generic[E, R]):
    """Sees batches through a transaction; one that fails is halved until the culprit stands alone.

    `work` is the transaction, all of it or nothing. `conclude` settles the deliveries of a batch it has committed.
    `find_held` says which of the events, by position from 1, would wait for a row that somebody holds.
    """

    consumer: Consumer
    database: Database
    work: Callable[[Connection, Sequence[E]], Awaitable[R]]
    conclude: Callable[[Requests[E], R], Awaitable[None]]
    find_held: Callable[[Connection, Sequence[E]], Awaitable[Collection[int]]]
    refused: dict[str, float] = field(default_factory=dict)
    """When what a tenant wanted was last held too long."""

    async def handle(self, requests: Requests[E]) -> None:
        """Settle every delivery: by `conclude`, as a dead letter, or later."""
        now = asyncio.get_running_loop().time()
        self.refused = {tenant: at for tenant, at in self.refused.items() if now < at + WARY_SECONDS}
        free, held = await self._look(requests) if self.refused else (requests, [])
        # Before any try: whoever gets blocked by it is put off, and must not be tried here as well.
        blocked = [request for request in free if request[0].blocked]
        await self._try(blocked, hurry=True)  # before what came later
        await self._try([request for request in free if not request[0].blocked])
        await self._try_held(held)

    async def _try_held(self, requests: Requests[E]) -> None:
        """Try what seems held, a tenant's together and once a second: another worker may hold it, for a moment."""
        tenants: defaultdict[str, list[tuple[Delivery, E]]] = defaultdict(list)
        for delivery, event in requests:
            tenants[event.tenant_id].append((delivery, event))
        began = asyncio.get_running_loop().time()
        for tenant, theirs in random.sample(list(tenants.items()), len(tenants)):
            now = asyncio.get_running_loop().time()
            if now < began + HURRY_SECONDS and now >= self.refused.get(tenant, 0) + LATER_SECONDS:
                await self._try(theirs, hurry=True)
            else:
                self._hold_off(theirs, HELD)

    async def _try(self, requests: Requests[E], *, hurry: bool = False) -> None:
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
            await self._divide(requests, error, hurry=hurry)
        else:
            await self.conclude(requests, result)

    async def _hurried(self, connection: Connection, events: Sequence[E]) -> R:
        async with connection.transaction():
            await connection.execute(HURRY)
            return await self.work(connection, events)

    async def _look(self, requests: Requests[E]) -> tuple[Requests[E], Requests[E]]:
        """Those that would wait for nobody now, and those that would; all are the former if it cannot be told."""
        events = [event for _, event in requests]
        try:
            held = await persist(
                self.database,
                lambda connection: self.find_held(connection, events),
                hold=self.consumer.pause,
                resume=self.consumer.resume,
            )
        except Exception as error:  # noqa: BLE001 - the boundary: a look is not worth a worker
            log.warning("not_looked_through", error=sentence(error))
            held = ()
        numbered = list(enumerate(requests, 1))
        return [each for n, each in numbered if n not in held], [each for n, each in numbered if n in held]

    async def _divide(self, requests: Requests[E], error: Exception, *, hurry: bool) -> None:
        if len(requests) > 1:
            blocked = fate_of_error(error) is Fate.BLOCKED
            free, held = await self._look(requests) if blocked else (requests, [])
            if held:
                await self._try(free, hurry=True)
                if hurry:
                    self._refuse(held, HELD)
                else:
                    await self._try_held(held)
                return
            log.warning("batch_halved", size=len(requests), error=sentence(error))
            middle = len(requests) // 2
            # Whoever holds the row holds it still: looking for the culprit must not take as long as finding out.
            await self._try(requests[:middle], hurry=blocked)
            await self._try(requests[middle:], hurry=blocked)
            return
        [(delivery, event)] = requests
        delivery.attempts += 1
        # A rival does not win each of its tries: something else refuses the session.
        refused = isinstance(error, SessionRaced)
        match Fate.UNEXPECTED if refused else fate_of_error(error):
            case Fate.BLOCKED | Fate.RETRY | Fate.DOWN:
                delivery.attempts -= 1
                self._refuse(requests, sentence(error))
            case Fate.UNEXPECTED if delivery.attempts < ATTEMPTS:
                self._put_off(delivery, event, sentence(error), exc_info=error)
            case Fate.POISON | Fate.UNEXPECTED:
                handover = event if isinstance(event, Handover) else None
                failure = Failure(delivery, "failed", sentence(error), handover)
                await bury(self.consumer, self.database, [failure])
            case fate:
                assert_never(fate)

    def _refuse(self, requests: Requests[E], error: str) -> None:
        now = asyncio.get_running_loop().time()
        self.refused |= dict.fromkeys((event.tenant_id for _, event in requests), now)
        self._hold_off(requests, error)

    def _hold_off(self, requests: Requests[E], error: str) -> None:
        """Put off until what they wait for is free; each is told of once, for it may take hours."""
        for delivery, event in requests:
            if delivery.blocked:
                put_off(self.consumer, delivery)
            else:
                self._put_off(delivery, event, error)
            delivery.blocked = True

    def _put_off(self, delivery: Delivery, event: E, error: str, exc_info: Exception | None = None) -> None:
        log.warning(
            "put_off", event_id=event.event_id, attempts=delivery.attempts, error=error, exc_info=exc_info
        )
        put_off(self.consumer, delivery)
