"""A session event that a comparator has committed and has yet to publish."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Outgoing(NamedTuple):
    """A row of the outbox."""

    id: UUID
    type: str
    routing_key: str
    correlation_id: str
    body: bytes
    time: datetime
