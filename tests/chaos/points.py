"""The named points at which a worker can be made to die, and the seams of the code they hang on.

A point that the code no longer has is an error at the start, not a test that passes because nothing was killed.
"""

import asyncio
import inspect
import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from chaos.wrapping import Function, NoSuchSeam, find, statement, wrap

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Point:
    """Die `when` the seam is passed; `within` is a function that must be under way then."""

    seam: str
    when: When
    within: str | None = None


HAND_OVER = "worker.handover:hand_over"
COMMIT = "commit"
PUBLISH = "worker.window:publish"
SEND = "worker.window:_send"
CONFIRM = "worker.window:_Confirmation.set_result"
ACK = "aiormq.channel:Channel.basic_ack"
"""The seams that are no statements: the end of a transaction, and functions by their place."""

POINTS: dict[str, Point] = {
    "handover-before-record": Point("record_events", "before", HAND_OVER),
    "handover-recorded": Point("record_events", "after", HAND_OVER),
    "handover-locked": Point("see_desks", "after", HAND_OVER),
    "handover-written": Point("write_transitions", "after", HAND_OVER),
    "handover-before-commit": Point(COMMIT, "before", HAND_OVER),
    "handover-after-commit": Point(COMMIT, "after", HAND_OVER),
    "before-publish": Point(PUBLISH, "before"),
    "after-publish": Point(SEND, "after"),
    "before-confirm-is-seen": Point(CONFIRM, "before"),
    "after-confirm-is-seen": Point(CONFIRM, "after"),
    "confirmed-before-delete": Point("delete_confirmed_events", "before"),
    "confirmed-after-delete": Point("delete_confirmed_events", "after"),
    "before-ack": Point(ACK, "before"),
    "after-ack": Point(ACK, "after"),
    "drain-before-commit": Point(COMMIT, "before", "worker.draining:drain"),
    "drain-after-commit": Point(COMMIT, "after", "worker.draining:drain"),
    "release-before-commit": Point(COMMIT, "before", "worker.leaving:release"),
    "release-after-commit": Point(COMMIT, "after", "worker.leaving:release"),
    "sweep-leased": Point("take_due_events", "after"),
    "letter-before-commit": Point(COMMIT, "before", "worker.dead_letters:record"),
    "letter-after-commit": Point(COMMIT, "after", "worker.dead_letters:record"),
}

CONNECTION = "asyncpg.connection:Connection"

TURNS = 3
"""Of the loop, until what was given to the connection has left for the broker."""

_under_way: ContextVar[frozenset[str]] = ContextVar("under_way", default=frozenset())


def strike(name: str, nth: int) -> None:
    """Arrange that this process kills itself the n-th time it gets to the point. Raises NoSuchSeam."""
    if name not in POINTS:
        raise NoSuchSeam(f"there is no point {name!r}: choose of {', '.join(POINTS)}")
    point = POINTS[name]
    if point.within:
        wrap(point.within, _noting(point.within))
    _hang(point, _countdown(point, nth))


def _hang(point: Point, passed: Callable[[], None]) -> None:
    if ":" in point.seam:
        around = _around if inspect.iscoroutinefunction(find(point.seam)) else _around_call
        wrap(
            point.seam, around(point.when, passed, lambda *_, **__: True, TURNS if point.seam == SEND else 0)
        )
        return
    wanted = "commit" if point.seam == COMMIT else statement(point.seam)
    for call in ("execute", "fetch", "fetchval", "fetchrow"):
        meant = _around(point.when, passed, lambda _, query, *__, **___: _same(query, wanted))
        wrap(f"{CONNECTION}.{call}", meant)


def _same(query: str, wanted: str) -> bool:
    return query.strip().rstrip(";").lower() == wanted.strip().rstrip(";").lower()


def _countdown(point: Point, nth: int) -> Callable[[], None]:
    left = nth

    def passed() -> None:
        nonlocal left
        if point.within and point.within not in _under_way.get():
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return passed


def _noting(place: str) -> Callable[[Function], Function]:
    def around(original: Function) -> Function:
        async def noted(*args: Any, **kwargs: Any) -> Any:
            token = _under_way.set(_under_way.get() | {place})
            try:
                return await original(*args, **kwargs)
            finally:
                _under_way.reset(token)

        return noted

    return around


def _around(
    when: When, passed: Callable[[], None], meant: Callable[..., bool], turns: int = 0
) -> Callable[[Function], Function]:
    def around(original: Function) -> Function:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before" and meant(*args, **kwargs):
                passed()
            result = await original(*args, **kwargs)
            if when == "after" and meant(*args, **kwargs):
                for _ in range(turns):
                    await asyncio.sleep(0)
                passed()
            return result

        return wrapped

    return around


def _around_call(when: When, passed: Callable[[], None], *_: object) -> Callable[[Function], Function]:
    def around(original: Function) -> Function:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                passed()
            result = original(*args, **kwargs)
            if when == "after":
                passed()
            return result

        return wrapped

    return around


def refuse_missing() -> None:
    """Raise NoSuchSeam if the worker no longer has one of the points."""
    for point in POINTS.values():
        if point.within:
            find(point.within)
        if ":" in point.seam:
            find(point.seam)
        elif point.seam != COMMIT:
            statement(point.seam)
