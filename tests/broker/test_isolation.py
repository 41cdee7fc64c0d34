"""What waits for a lock is tried apart, in order, and seldom."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import pytest
from builders import a_handover
from pamqp.commands import Basic

from schemas import Handover
from worker.consumer import Consumer
from worker.database import Database
from worker.isolation import Isolation
from worker.subscription import Delivery, Subscription
from worker.topology import Topology

Request = tuple[Delivery, Handover]


class Trial:
    """Isolation of work that is refused with an event of a tenant that is locked; to a look the busy ones are too."""

    def __init__(self, database: Database) -> None:
        self.locked: set[str] = set()
        self.busy: set[str] = set()
        self.tries: list[list[str]] = []
        self.done: list[str] = []
        consumer = Consumer("", "test", Topology(), "", 10)
        self.isolation = Isolation(consumer, database, self.work, self.conclude, self.find_held)

    async def work(self, _: asyncpg.Connection, events: Sequence[Handover]) -> None:
        self.tries.append([event.event_id for event in events])
        if any(event.tenant_id in self.locked for event in events):
            raise asyncpg.LockNotAvailableError("held")

    async def find_held(self, _: asyncpg.Connection, events: Sequence[Handover]) -> set[int]:
        held = self.locked | self.busy
        return {position for position, event in enumerate(events, 1) if event.tenant_id in held}

    async def conclude(self, requests: Sequence[Request], _: None) -> None:
        self.done += [event.event_id for _, event in requests]


def request(event_id: str, tenant_id: str = "acme") -> Request:
    no_channel: Any = None
    subscription = Subscription(no_channel, "", lambda _: None)
    delivery = Delivery(subscription, 1, b"", Basic.Properties(), "", "")
    return delivery, a_handover(event_id=event_id, tenant_id=tenant_id)


@pytest.fixture
async def trial(database: str) -> AsyncIterator[Trial]:
    own = Database(database, "test")
    yield Trial(own)
    own.discard()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how long ago a refusal must be for the next try."""
    return lambda seconds: monkeypatch.setattr("worker.isolation.LATER_SECONDS", seconds)


async def test_what_was_put_off_is_done_before_what_came_after_it(trial: Trial) -> None:
    first, second = request("first"), request("second")
    trial.locked = {"acme"}
    await trial.isolation.handle([first])

    trial.locked = set()
    await trial.isolation.handle([second, first])

    assert trial.done == ["first", "second"]


async def test_what_is_held_is_not_tried_with_every_batch(
    trial: Trial, clock: Callable[[float], None]
) -> None:
    trial.locked = {"acme"}
    await trial.isolation.handle([request("1"), request("2", "other")])
    tried = len(trial.tries)

    await trial.isolation.handle([request("3"), request("4", "other")])
    assert trial.tries[tried:] == [["4"]]
    clock(0)
    await trial.isolation.handle([request("5"), request("6", "other")])

    assert trial.tries[tried + 1 :] == [["6"], ["5"]]
    assert trial.done == ["2", "4", "6"]


async def test_a_busy_tenant_that_a_look_found_held_is_tried_all_the_same(trial: Trial) -> None:
    trial.locked = {"acme"}
    await trial.isolation.handle([request("1")])
    trial.busy = {"busy"}

    await trial.isolation.handle([request("2", "busy"), request("3", "other")])

    assert trial.done == ["3", "2"]


async def test_tries_of_what_is_held_take_their_time_together(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.locked = {"a", "b", "c"}
    await trial.isolation.handle([request("1", "a"), request("2", "other")])
    tried = len(trial.tries)
    monkeypatch.setattr("worker.isolation.HURRY_SECONDS", 0)

    await trial.isolation.handle([request("3", "b"), request("4", "c"), request("5", "other")])

    assert trial.tries[tried:] == [["5"]]
