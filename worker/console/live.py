"""`/api/live`: server-sent events, from a snapshot on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from worker.console.desk import Console
from worker.console.gate import NOBODY
from worker.console.inbox import list_tenants
from worker.console.pages import Page, message
from worker.console.refusal import refusal_of

PING_SECONDS = 15
SEND_SECONDS = 20
"""A page that takes nothing for so long is gone."""
SNAPSHOT_SECONDS = 5


async def live(console: Console, request: Request) -> Response:
    """The stream."""
    del request
    return EventSourceResponse(_stream(console), ping=PING_SECONDS, send_timeout=SEND_SECONDS)


async def _stream(console: Console) -> AsyncIterator[bytes]:
    # Open before the snapshot is taken: what happens meanwhile is told after it.
    with console.pages.opened() as page:
        yield message("snapshot", await _snapshot(console))
        async for said in _all(page):
            yield said


async def _all(page: Page) -> AsyncIterator[bytes]:
    async for said in page:
        yield said


async def _snapshot(console: Console) -> dict[str, Any]:
    trouble = None
    tenants = None
    try:
        async with asyncio.timeout(SNAPSHOT_SECONDS):
            tenants = await list_tenants(console, visitor=NOBODY)
    except Exception as error:
        trouble = refusal_of(error)
        if trouble is None:
            raise
    return {"at": datetime.now(UTC), "tenants": tenants, "error": str(trouble) if trouble else None}
