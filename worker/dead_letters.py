"""Dead letters: what could not be handled, kept byte for byte until an operator decides."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import structlog
from asyncpg import Connection
from pydantic_core import to_json

from schemas import Handover
from worker import sql
from worker.consumer import Delivery

log = structlog.get_logger()

NAMESPACE = UUID("4f2f7a5e-63a5-5d0e-9d6f-0c8f1d6a4b1e")
"""Letters' ids are UUIDv5 of the message in this namespace: the same message failing again is the same letter."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery became a letter. `handover` is None when it could not be read."""

    delivery: Delivery
    reason: str
    error: str
    handover: Handover | None = None


async def record(connection: Connection, failures: Sequence[Failure]) -> None:
    """Write the letters in one statement; the caller acknowledges the deliveries afterwards."""
    letters = {letter[0]: letter for letter in map(_letter, failures)}
    await connection.fetch(sql.record_dead_letters, *zip(*letters.values(), strict=True))
    for failure in failures:
        log.warning(
            "dead_lettered",
            letter_id=str(_id(failure.delivery)),
            reason=failure.reason,
            error=failure.error,
            event_id=failure.handover.event_id if failure.handover else None,
        )


def fingerprint(reason: str, error: str) -> str:
    """What letters of one cause share: the reason and the error, without the values it quotes."""
    shape = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "?", error)
    return hashlib.blake2b(f"{reason}\n{shape}".encode(), digest_size=8).hexdigest()


def _letter(failure: Failure) -> tuple[Any, ...]:
    delivery, handover = failure.delivery, failure.handover
    return (
        _id(delivery),
        delivery.subscription.queue,
        delivery.exchange,
        delivery.routing_key,
        to_json(properties(delivery)).decode(),
        delivery.body,
        failure.reason,
        failure.error,
        fingerprint(failure.reason, failure.error),
        handover.tenant_id if handover else None,
        handover.contact_id if handover else None,
        handover.event_id if handover else None,
        max(1, delivery.attempts),
    )


def _id(delivery: Delivery) -> UUID:
    message_id = (delivery.properties.message_id or "").encode("utf-8", "replace")
    digest = hashlib.blake2b(message_id + b"\0" + delivery.body, digest_size=32).hexdigest()
    return uuid5(NAMESPACE, digest)


def properties(delivery: Delivery) -> dict[str, Any]:
    """The AMQP properties that are set, as JSON can hold them; a header's bytes become text."""
    return {name: _plain(value) for name, value in delivery.properties if value not in (None, {}, "")}


def _plain(value: Any) -> Any:
    match value:
        case bytes() | bytearray():
            return bytes(value).decode("utf-8", "backslashreplace").replace("\0", "�")
        case str():
            return value.encode("utf-8", "backslashreplace").decode().replace("\0", "�")
        case dict():
            return {str(_plain(name)): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case None | bool() | int():
            return value
        case _:
            return str(value)
