"""What a subscriber has applied: the version of each session that it saw last."""

from typing import Protocol
from uuid import UUID


class Versions(Protocol):
    """Where it is kept which version of each session was applied last: best in the database that you apply it to."""

    async def last(self, session_id: UUID) -> int:
        """The version kept; 0 when there is none."""

    async def keep(self, session_id: UUID, version: int) -> None:
        """Keep a version, once its event is applied."""


class InMemory:
    """Versions that end with the process: after a restart an event may be applied again."""

    def __init__(self) -> None:
        self._versions: dict[UUID, int] = {}

    async def last(self, session_id: UUID) -> int:
        return self._versions.get(session_id, 0)

    async def keep(self, session_id: UUID, version: int) -> None:
        self._versions[session_id] = version
