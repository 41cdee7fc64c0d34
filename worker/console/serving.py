"""The console's process: until SIGTERM or Ctrl-C it answers, whatever is away."""

import asyncio
import socket

import structlog

from worker.config import Settings
from worker.console.app import app, at_work
from worker.console.desk import Console
from worker.errors import CannotStart, sentence
from worker.web import listening, server

log = structlog.get_logger()

CLOSING_SECONDS = 2
WAITING = 512
"""Connections that may wait to be taken."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop`. Raises CannotStart where it may not, or where the port is taken."""
    console = Console(settings)
    if not console.gate.is_local and not console.gate.opens:
        raise CannotStart(
            f"HANDOVER_CONSOLE_HOST is {settings.console_host},"
            f" HANDOVER_CONSOLE_HOSTS {settings.console_hosts or 'none'}:"
            " beyond this machine the console wants a token, set HANDOVER_CONSOLE_TOKEN"
        )
    with _open(settings) as sock:
        web = server(app(console), closing_seconds=CLOSING_SECONDS)
        async with at_work(console):
            serving = asyncio.ensure_future(web.serve(sockets=[sock]))
            log.info("console_open", address=address(settings.console_host, sock), acting=console.gate.opens)
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
            web.should_exit = True
            console.pages.close()
            stopping.cancel()
            await asyncio.wait((serving,), timeout=2 * CLOSING_SECONDS)
            serving.cancel()


def address(host: str, sock: socket.socket) -> str:
    """Where to open it in a browser."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{sock.getsockname()[1]}"


def _open(settings: Settings) -> socket.socket:
    host, port = settings.console_host, settings.console_port
    try:
        return listening(host, port)
    except OSError as error:
        raise CannotStart(
            f"cannot open port {port} of {host}: {sentence(error)}; --port takes another, see HANDOVER_CONSOLE_PORT"
        ) from error
