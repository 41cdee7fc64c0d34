"""`/api/live`: server-sent events, from a snapshot on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from worker.console.desk import Console
from worker.console.pages import message
from worker.console.refusal import refusal_of
from worker.console.watching import health_message, letters_waiting, tabs

PING_SECONDS = 15
SEND_SECONDS = 20
"""A page that takes nothing for so long is gone."""
READY_SECONDS = 3
SNAPSHOT_SECONDS = 5


async def live(console: Console, request: Request) -> Response:
    """The stream."""
    del request
    return EventSourceResponse(_stream(console), ping=PING_SECONDS, send_timeout=SEND_SECONDS)


async def _stream(console: Console) -> AsyncIterator[bytes]:
    # Open before the snapshot is taken, and hearing the exchange: what happens meanwhile is told after it.
    with console.pages.opened() as page:
        await console.ear.listening(READY_SECONDS)
        yield message("snapshot", await _snapshot(console)) + health_message(console)
        async for said in page:
            yield said


async def _snapshot(console: Console) -> dict[str, Any]:
    known: dict[str, Any] = {"counts": None, "letters": None, "error": None}
    try:
        async with asyncio.timeout(SNAPSHOT_SECONDS), console.desk.reading() as connection:
            known = {
                "counts": {"tenants": await tabs(connection)},
                "letters": await letters_waiting(connection),
            }
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        known["error"] = str(refusal)
    replays = [progress.as_json() for progress in console.replays.known.values()]
    return {"at": datetime.now(UTC), **known, "replays": replays}
