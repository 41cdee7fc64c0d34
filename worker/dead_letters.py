"""Dead letters: what could not be handled, kept byte for byte until an operator decides."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from asyncpg import Connection
from pydantic_core import to_json

from schemas import Handover
from worker import sql
from worker.core.clues import Clues, clues
from worker.core.letter import fingerprint, letter_id
from worker.core.stamp import Claim, claim
from worker.subscription import Delivery

log = structlog.get_logger()

MAX_DEPTH = 100
"""Levels of an AMQP table that a letter keeps as such; what lies deeper is kept as text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery became a letter. `handover` is None when it could not be read."""

    delivery: Delivery
    reason: str
    error: str
    handover: Handover | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failure, the letter it is of, and the replay that sent it. One that does not count was counted before."""

    letter_id: UUID
    replay_id: UUID | None
    failure: Failure
    counts: bool = True


async def record(connection: Connection, failures: Sequence[Failure]) -> None:
    """Write the letters, all or nothing; the caller acknowledges the deliveries afterwards.

    Each delivery that ends as a letter is an attempt, but all that one replay sent of a letter is one.
    """
    async with connection.transaction():
        attempts = list(_attempts(failures, await _check_claims(connection, failures)))
        await _write(connection, sql.record_dead_letters, [each for each in attempts if each.counts])
        await _write(connection, sql.keep_dead_letters, [each for each in attempts if not each.counts])
    for attempt in attempts:
        failure = attempt.failure
        log.warning(
            "dead_lettered",
            letter_id=str(attempt.letter_id),
            reason=failure.reason,
            error=failure.error,
            event_id=failure.handover.event_id if failure.handover else None,
        )


async def _check_claims(connection: Connection, failures: Sequence[Failure]) -> dict[Claim, bool]:
    """The claims that are true, and whether the letter fails for the first time in that replay."""
    claims = {made: _storable(failure.error) for failure in failures if (made := _claim(failure))}
    if not claims:
        return {}
    columns = zip(*((each.replay_id, each.letter_id, error) for each, error in claims.items()), strict=True)
    rows = await connection.fetch(sql.fail_replayed_letters, *columns)
    return {Claim(row["replay_id"], row["letter_id"]): row["first"] for row in rows}


def _attempts(failures: Sequence[Failure], first: Mapping[Claim, bool]) -> Iterator[Attempt]:
    seen: set[Claim] = set()
    for failure in failures:
        made = _claim(failure)
        if made is None or made not in first:
            yield Attempt(_id(failure.delivery), None, failure)
        else:
            yield Attempt(made.letter_id, made.replay_id, failure, first[made] and made not in seen)
            seen.add(made)


async def _write(connection: Connection, statement: str, attempts: Sequence[Attempt]) -> None:
    by_letter: defaultdict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_letter[attempt.letter_id].append(attempt)
    if by_letter:
        await connection.fetch(statement, *zip(*map(_row, by_letter.values()), strict=True))


def _row(attempts: Sequence[Attempt]) -> tuple[Any, ...]:
    failure = attempts[-1].failure
    delivery = failure.delivery
    whose = _whose(failure)
    return (
        attempts[-1].letter_id,
        delivery.subscription.queue,
        _storable(delivery.exchange),
        _storable(delivery.routing_key),
        to_json(properties(delivery)).decode(),
        delivery.body,
        failure.reason,
        _storable(failure.error),
        fingerprint(failure.reason, failure.error),
        whose.tenant_id,
        whose.contact_id,
        whose.event_id,
        len(attempts),
        next((each.replay_id for each in attempts if each.replay_id), None),
    )


def _whose(failure: Failure) -> Clues:
    if handover := failure.handover:
        return Clues(handover.tenant_id, handover.contact_id, handover.event_id)
    sent = failure.delivery.properties
    return clues(
        failure.delivery.body,
        content_type=sent.content_type,
        headers=sent.headers or {},
        message_id=sent.message_id,
    )


def _claim(failure: Failure) -> Claim | None:
    return claim(failure.delivery.properties.headers)


def _id(delivery: Delivery) -> UUID:
    return letter_id(delivery.properties.message_id, delivery.body)


def properties(delivery: Delivery) -> dict[str, Any]:
    """The AMQP properties that are set, as JSON can hold them; a header's bytes become text."""
    return {name: _plain(value, 1) for name, value in delivery.properties if value not in (None, {}, "")}


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "�")


def _plain(value: Any, depth: int) -> Any:
    match value:
        case bytes() | bytearray():
            return _storable(bytes(value).decode("utf-8", "backslashreplace"))
        case str():
            return _storable(value)
        case dict() | list() | tuple() if depth > MAX_DEPTH:
            return _storable(str(value))
        case dict():
            return {str(_plain(name, depth)): _plain(item, depth + 1) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item, depth + 1) for item in value]
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return str(value)
