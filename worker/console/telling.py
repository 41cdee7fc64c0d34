"""What happened to sessions, told to the pages: the rows as the list has them, many in one piece."""

from typing import Any
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from pydantic_core import to_json, to_jsonable_python

from schemas import SessionEvent
from worker.console.desk import Console
from worker.console.masking import without_ids
from worker.console.news import Changed
from worker.console.pages import message, message_of_json
from worker.console.rows import InboxSession, described_sessions, hidden
from worker.errors import sentence

log = structlog.get_logger()

GATHER_SECONDS = 0.1
"""What happens in so short a time is told in one piece."""
MOST_AT_ONCE = 200
"""Sessions a page is told of one by one; of more it is only told to look anew."""

_row = TypeAdapter(InboxSession)


async def tell(console: Console) -> None:
    """Tell the pages what happens to sessions, until cancelled."""
    while True:
        changed = await console.news.gathered(GATHER_SECONDS)
        if len(console.pages):
            console.pages.tell(*await _said(console, changed))


async def _said(console: Console, changed: Changed) -> list[bytes]:
    if len(changed) > MOST_AT_ONCE:
        return [message("resync", {"why": "many"})]
    try:
        async with console.desk.reading() as connection:
            rows = {row.id: row for row in await described_sessions(connection, list(changed))}
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the pages look anew
        log.warning("not_told", error=sentence(error))
        return [message("resync", {"why": "postgresql"})]
    told = (_news(session_id, event, rows.get(session_id)) for session_id, event in changed.items())
    return [message_of_json("session", to_json(each)) for each in told if each]


def _news(session_id: UUID, event: SessionEvent | None, row: InboxSession | None) -> dict[str, Any] | None:
    """The row as it is now; of a deleted one what its last event said."""
    kind = event.type if event else None
    if row is not None:
        return {"type": kind, "sessionId": session_id, **_row.dump_python(hidden(row), by_alias=True)}
    if event is None:
        return None
    gone = without_ids(to_jsonable_python(event), [event.contact_id])
    return {
        "type": kind,
        "id": session_id,
        "sessionId": session_id,
        "tenantId": event.tenant_id,
        "contactId": gone["contact_id"],
        "contactName": gone["contact_name"],
        "status": "deleted",
        "sessionVersion": event.session_version,
    }
