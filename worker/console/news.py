"""What has happened since the pages were last told: sessions that changed, gathered until they are told of."""

import asyncio
from uuid import UUID

from schemas import SessionEvent

Changed = dict[UUID, SessionEvent | None]
"""Sessions, and the latest event of each; None where somebody only says that there is something new."""


class News:
    """Gathers them."""

    def __init__(self) -> None:
        self.count = 0
        """Rises with whatever may have changed what pages show."""
        self._changed: Changed = {}
        self._any = asyncio.Event()

    def hear(self, event: SessionEvent) -> None:
        """An event, which may be old news."""
        known = self._changed.get(event.session_id)
        if known is None or known.session_version < event.session_version:
            self._changed[event.session_id] = event
        self.count += 1
        self._any.set()

    def touch(self, session_id: UUID) -> None:
        """Something was done to the session here; its event comes later."""
        self._changed.setdefault(session_id, None)
        self.count += 1
        self._any.set()

    async def gathered(self, seconds: float) -> Changed:
        """What changed until so long after the first of it."""
        await self._any.wait()
        await asyncio.sleep(seconds)
        self._any.clear()
        changed, self._changed = self._changed, {}
        return changed
