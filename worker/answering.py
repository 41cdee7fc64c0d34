"""The worker answers over HTTP: whether it lives (/livez), is ready (/readyz), and what it counts (/metrics).

Uvicorn runs on the worker's own loop, its signals left to the worker.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from worker.errors import sentence
from worker.metrics import REGISTRY
from worker.vitals import Vitals
from worker.web import Server, listening, server

log = structlog.get_logger()

AGAIN_SECONDS = 5
"""Until a port that was taken is tried again."""
CLOSING_SECONDS = 1


@asynccontextmanager
async def answering(host: str, port: int, vitals: Vitals) -> AsyncIterator[None]:
    """Answer as long as this lasts. Whatever goes wrong with it is logged and tried again: it ends nothing else."""
    REGISTRY.register(vitals)
    web = server(_app(vitals), closing_seconds=CLOSING_SECONDS)
    serving = asyncio.ensure_future(_serve(web, host, port))
    try:
        yield
    finally:
        web.should_exit = True
        await asyncio.wait((serving,), timeout=2 * CLOSING_SECONDS if web.started else 0)
        serving.cancel()
        REGISTRY.unregister(vitals)


async def _serve(web: Server, host: str, port: int) -> None:
    while not web.should_exit:
        try:
            with listening(host, port) as sock:
                log.info("answering", host=host, port=sock.getsockname()[1])
                await web.serve(sockets=[sock])
        except Exception as error:  # noqa: BLE001 - the boundary: nobody's question is worth a worker
            log.warning("not_answering", host=host, port=port, error=sentence(error))
            await asyncio.sleep(AGAIN_SECONDS)


def _app(vitals: Vitals) -> Starlette:
    async def livez(_: Request) -> Response:
        alive = not vitals.ended()
        return JSONResponse({"alive": alive}, 200 if alive else 503)

    async def readyz(_: Request) -> Response:
        complaints = vitals.complaints()
        return JSONResponse({"ready": not complaints, "why_not": complaints}, 503 if complaints else 200)

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), headers={"content-type": content_type})

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
