"""What happened to sessions, told to the pages: the rows as the list has them, many in one piece."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from pydantic_core import to_json, to_jsonable_python

from schemas import SessionEvent
from worker.console.desk import Console
from worker.console.inbox import InboxSession, described_sessions, hidden
from worker.console.masking import masked
from worker.console.pages import message, message_of_json
from worker.errors import sentence

log = structlog.get_logger()

GATHER_SECONDS = 0.1
"""What happens in so short a time is told in one piece."""
MOST_AT_ONCE = 200
"""Sessions a page is told of one by one; of more it is only told to look anew."""

_row = TypeAdapter(InboxSession)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNews(InboxSession):
    """A session as the list has it now, after an event of this `type`; `deleted` ones are as the event had them."""

    type: str = ""


class Teller:
    """Gathers events, and tells of their sessions."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._events: dict[UUID, SessionEvent] = {}
        self._news = asyncio.Event()

    def hear(self, event: SessionEvent) -> None:
        """An event, which may be old news."""
        self._console.pages.news += 1
        known = self._events.get(event.session_id)
        if known is None or known.session_version < event.session_version:
            self._events[event.session_id] = event
        self._news.set()

    async def run(self) -> None:
        """Tell, until cancelled."""
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()
            events, self._events = self._events, {}
            if len(self._console.pages):
                self._console.pages.tell(*await self._said(events))

    async def _said(self, events: dict[UUID, SessionEvent]) -> list[bytes]:
        if len(events) > MOST_AT_ONCE:
            return [message("resync", {"why": "many"})]
        try:
            async with self._console.desk.reading() as connection:
                rows = {row.id: row for row in await described_sessions(connection, list(events))}
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the pages look anew
            log.warning("not_told", error=sentence(error))
            return [message("resync", {"why": "postgresql"})]
        return [_told(event, rows.get(session_id)) for session_id, event in events.items()]


def _told(event: SessionEvent, row: InboxSession | None) -> bytes:
    return message_of_json("session", to_json(_news(event, row)))


def _news(event: SessionEvent, row: InboxSession | None) -> dict[str, Any]:
    if row is not None:
        return {
            "type": event.type,
            "sessionId": event.session_id,
            **_row.dump_python(hidden(row), by_alias=True),
        }
    gone: dict[str, Any] = to_jsonable_python(event, by_alias=True)
    return {
        "type": event.type,
        "id": event.session_id,
        **gone,
        "contactId": masked(event.contact_id),
        "status": "deleted",
    }
