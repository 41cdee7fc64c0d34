"""The console's composition: endpoints, page, and the tasks that keep open pages up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from worker.console import changes, crew, dead_letters, health, inbox, sending, stories, unfinished, visits
from worker.console.desk import Console
from worker.console.endpoint import Endpoint, refused
from worker.console.guard import Guard
from worker.console.live import live
from worker.console.refusal import Refusal
from worker.console.telling import tell
from worker.console.watching import Edits, Letters, Roster, Tabs, measure, watch, watch_queues

PAGE = Path(__file__).with_name("page")
DOCUMENT = Path(__file__).with_name("openapi.json")
"""Made by worker.console.document."""
TABS_SECONDS = 1.0
EDITS_SECONDS = 2.0
ROSTER_SECONDS = 1.0
LETTERS_SECONDS = 2.0
PULSE_SECONDS = 5.0
WINDING_DOWN_SECONDS = 10.0
CANCELLED_SECONDS = 2.0

REVALIDATE = {"cache-control": "no-cache"}

ENDPOINTS: list[Endpoint] = [
    *visits.ENDPOINTS,
    *inbox.ENDPOINTS,
    *stories.ENDPOINTS,
    *changes.ENDPOINTS,
    *crew.ENDPOINTS,
    *unfinished.ENDPOINTS,
    *dead_letters.ENDPOINTS,
    *sending.ENDPOINTS,
    *health.ENDPOINTS,
]

Answer = Callable[[Console, Request], Awaitable[Response]]


def app(console: Console) -> Starlette:
    """What answers."""
    return Starlette(
        routes=[
            Route("/", _index),
            *(endpoint.route(console) for endpoint in ENDPOINTS),
            _route("/api/login", visits.log_in, console, "POST"),
            _route("/api/logout", visits.leave, console, "POST"),
            Route("/api/openapi.json", _document),
            _route("/api/live", live, console, "GET"),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Guard, gate=console.gate)],
        exception_handlers={HTTPException: _not_there},
    )


@asynccontextmanager
async def at_work(console: Console) -> AsyncIterator[None]:
    """Pages are told what happens, as long as this lasts."""
    async with console.desk.open(), asyncio.TaskGroup() as tasks:
        endless = [
            tasks.create_task(work)
            for work in (
                console.ear.hear(),
                tell(console),
                watch(console, Tabs(), TABS_SECONDS),
                watch(console, Edits(), EDITS_SECONDS),
                watch(console, Roster(), ROSTER_SECONDS),
                watch(console, Letters(), LETTERS_SECONDS),
                watch(console, measure, PULSE_SECONDS),
                watch_queues(console, PULSE_SECONDS),
            )
        ]
        try:
            yield
        finally:
            console.pages.close()
            await console.replays.wind_down(WINDING_DOWN_SECONDS)
            await _end(endless)


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel, and once more whatever took that for the loss of its connection: the client does so in closing."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCELLED_SECONDS)


def _route(path: str, answer: Answer, console: Console, method: str) -> Route:
    return Route(path, partial(answer, console), methods=[method])


async def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as it is registered
    return refused(Refusal(error.status_code, f"{request.method} {request.url.path}: {error.detail}"))


async def _index(request: Request) -> Response:
    del request
    return FileResponse(PAGE / "index.html", headers=REVALIDATE)


async def _document(request: Request) -> Response:
    del request
    return FileResponse(DOCUMENT, headers=REVALIDATE, media_type="application/json")
