"""Uvicorn on a loop that is somebody else's: its signals are left to them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """Serves until `should_exit`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the program's own."""
        yield


def server(app: ASGIApp, *, closing_seconds: int) -> Server:
    """One for `app`. At its end those who are being answered have `closing_seconds`."""
    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            server_header=False,
            timeout_graceful_shutdown=closing_seconds,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; `0` is any port that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
