"""The console's composition: endpoints, page, and the tasks that keep open pages up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from worker.config import Settings
from worker.console import inbox, visits
from worker.console.desk import Console, Desk
from worker.console.endpoint import Endpoint
from worker.console.gate import Gate
from worker.console.guard import Guard
from worker.console.hearing import Ear, hear
from worker.console.live import live
from worker.console.pages import message
from worker.console.telling import Teller

PAGE = Path(__file__).with_name("page")
REVALIDATE = {"cache-control": "no-cache"}

ENDPOINTS: list[Endpoint] = [*visits.ENDPOINTS, *inbox.ENDPOINTS]

Answer = Callable[[Console, Request], Awaitable[Response]]


def made(settings: Settings) -> Console:
    """A console on these settings."""
    token = settings.console_token.get_secret_value() if settings.console_token else None
    return Console(settings, Desk(settings.dsn), Gate(settings.console_host, token))


def app(console: Console) -> Starlette:
    """What answers."""
    return Starlette(
        routes=[
            Route("/", _index),
            *(endpoint.route(console) for endpoint in ENDPOINTS),
            _route("/api/login", visits.log_in, console, "POST"),
            _route("/api/logout", visits.leave, console, "POST"),
            _route("/api/live", live, console, "GET"),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Guard, gate=console.gate)],
    )


@asynccontextmanager
async def at_work(console: Console) -> AsyncIterator[None]:
    """Pages are told what happens, as long as this lasts."""
    teller, ear = Teller(console), Ear()

    def broker_changed() -> None:
        console.pages.news += 1
        console.pages.tell(message("resync", {"why": "rabbitmq"}))

    async with console.desk.open(), asyncio.TaskGroup() as tasks:
        endless = [
            tasks.create_task(work)
            for work in (hear(console.settings, ear, teller.hear, broker_changed), teller.run())
        ]
        try:
            yield
        finally:
            console.pages.close()
            for task in endless:
                task.cancel()


def _route(path: str, answer: Answer, console: Console, method: str) -> Route:
    return Route(path, partial(answer, console), methods=[method])


async def _index(request: Request) -> Response:
    del request
    return FileResponse(PAGE / "index.html", headers=REVALIDATE)
