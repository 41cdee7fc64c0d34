"""Letters as a worker would have left them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from builders import a_handover
from pamqp.commands import Basic
from pydantic_core import to_json

from schemas import Handover, encode_handover
from worker import sql
from worker.core.clues import clues
from worker.core.letter import fingerprint, letter_id
from worker.core.stamp import LETTER, REPLAY
from worker.dead_letters import Failure
from worker.letters import Filter
from worker.letters.auditing import Order
from worker.subscription import Delivery, Subscription

CLOUD_EVENT = "application/cloudevents+json"
NO_CHANNEL: Any = None


async def given_letter(
    connection: asyncpg.Connection,
    handover: Handover | None = None,
    *,
    body: bytes | None = None,
    properties: dict[str, Any] | None = None,
    reason: str = "failed",
    error: str = "no agent desk",
    state: str = "open",
    at: datetime | None = None,
    queue: str = "handover.requests",
) -> UUID:
    """A letter holding the handover, or these bytes under these properties."""
    if body is None:
        handover = handover or a_handover()
        body = encode_handover(handover, source="/tests")
        properties = {"message_id": handover.event_id, "content_type": CLOUD_EVENT, **(properties or {})}
    given = properties or {}
    whose = clues(
        body,
        content_type=given.get("content_type"),
        headers=given.get("headers") or {},
        message_id=given.get("message_id"),
    )
    letter = letter_id(given.get("message_id"), body)
    row = (
        letter,
        queue,
        "handover",
        "handover.requested",
        to_json(given).decode(),
        body,
        reason,
        error,
    )
    rest = (fingerprint(reason, error), whose.tenant_id, whose.contact_id, whose.event_id, 1, None)
    await connection.fetch(sql.record_dead_letters, *([value] for value in (*row, *rest)))
    await connection.execute(
        "update handover.dead_letters set state = $2, first_at = coalesce($3, first_at),"
        " last_at = coalesce($3, last_at), changed_at = coalesce($3, changed_at) where id = $1",
        letter,
        state,
        at,
    )
    return letter


async def the_letter(connection: asyncpg.Connection, letter: UUID) -> asyncpg.Record:
    row = await connection.fetchrow("select * from handover.dead_letters where id = $1", letter)
    assert row is not None
    return row


async def states(connection: asyncpg.Connection) -> dict[UUID, str]:
    rows = await connection.fetch("select id, state from handover.dead_letters")
    return {row["id"]: row["state"] for row in rows}


def at(hour: int, minute: int = 0) -> datetime:
    """A time on a day long before any test."""
    return datetime(2026, 1, 5, hour, minute, tzinfo=UTC)


async def given_no_mallory(connection: asyncpg.Connection) -> None:
    """The inbox refuses one name: whose letters carry it fail again."""
    await connection.execute(
        """alter table inbox_sessions add constraint no_mallory check ("contactName" <> 'Mallory')"""
    )


async def given_mallory(connection: asyncpg.Connection, contact_id: str, event_id: str) -> UUID:
    return await given_letter(connection, a_handover(contact_id, event_id=event_id, contact_name="Mallory"))


def failure(body: bytes = b"{", error: str = "broken", **properties: Any) -> Failure:
    subscription = Subscription(NO_CHANNEL, "handover.requests", lambda _: None)
    sent = Basic.Properties(**{"message_id": "m", **properties})
    return Failure(Delivery(subscription, 1, body, sent, "", "handover.requests"), "invalid-json", error)


def under(replay: UUID, letter: UUID) -> dict[str, Any]:
    return {"headers": {REPLAY: str(replay), LETTER: str(letter)}}


async def given_replay(connection: asyncpg.Connection, *letters: UUID, outcome: str = "sent") -> UUID:
    """A replay that holds and has sent these letters."""
    replay = uuid4()
    await connection.execute(sql.open_replay, replay, "replay", "tester", {}, {})
    await connection.execute(
        "insert into handover.replay_letters"
        " (replay_id, position, letter_id, recorded_as, outcome, fingerprint, attempts_before)"
        " select $1, n, letter, letter, $3, 'f', 1 from unnest($2::uuid[]) with ordinality as l (letter, n)",
        replay,
        letters,
        outcome,
    )
    await connection.execute(
        "update handover.dead_letters set state = 'replaying', replay_id = $1 where id = any ($2::uuid[])",
        replay,
        letters,
    )
    return replay


def order() -> Order:
    """What an operator asked for, to be put on record."""
    return Order(uuid4(), "discard", "tester", Filter(), {})
