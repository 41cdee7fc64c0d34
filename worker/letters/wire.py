"""A letter as RabbitMQ gets it: the bytes that came, under the properties that came, stamped by the replay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pamqp.commands import Basic

from schemas import CONTENT_TYPE, HANDOVER_TYPE, Handover
from worker.core.stamp import ORIGINAL, Claim, stamped
from worker.letters import Letter

PERSISTENT = 2
APP = "handover-dead-letters"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent for one position of a replay."""

    position: int
    body: bytes
    properties: Basic.Properties


def parcel(
    replay_id: UUID, position: int, recorded_as: UUID, body: bytes, properties: Mapping[str, Any]
) -> Parcel:
    """The message. Raises ValueError, TypeError for properties AMQP cannot carry."""
    fields = stamped(properties, Claim(replay_id, recorded_as))
    if made := fields.pop("timestamp", None):
        fields["timestamp"] = datetime.fromisoformat(made)
    return Parcel(position, body, Basic.Properties(**fields, delivery_mode=PERSISTENT))


def cannot_be_sent(letter: Letter) -> str | None:
    """Why AMQP cannot carry the properties as the letter kept them; None when it can."""
    try:
        parcel(letter.id, 0, letter.id, letter.body, letter.properties).properties.marshal()
    except (ValueError, TypeError, OverflowError) as error:
        return f"its AMQP properties cannot be sent again: {error}; `handover dead-letters edit` sends it without"
    return None


def copy_properties(handover: Handover, original: str) -> dict[str, Any]:
    """Properties of an edited copy, naming its original's event id."""
    return {
        "content_type": CONTENT_TYPE,
        "message_id": handover.event_id,
        "message_type": HANDOVER_TYPE,
        "timestamp": str(handover.asked_at or datetime.now(UTC)),
        "app_id": APP,
        "headers": {ORIGINAL: original},
    }
