"""The demonstration's console: on a port that is free, with a token that is shown."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from worker.config import Settings


@dataclass(frozen=True, slots=True)
class DemoConsole:
    """The environment to run it in, and what to tell whoever looks."""

    environ: Mapping[str, str]
    invitation: str


def demo_console(settings: Settings, urls: Mapping[str, str]) -> DemoConsole:
    """The console on these servers; a token of the user's own is not shown."""
    host = settings.console_host
    port = _port(host, settings.console_port)
    token = secrets.token_urlsafe(16)
    own = settings.console_token is not None
    environ = {
        **os.environ,
        **urls,
        "HANDOVER_CONSOLE_PORT": str(port),
        "HANDOVER_LOG_LEVEL": "warning",
        **({} if own else {"HANDOVER_CONSOLE_TOKEN": token}),
    }
    shown = f"[{host}]" if ":" in host else host
    act = "your token" if own else f"the token {token}"
    return DemoConsole(environ, f"In a browser:\n  http://{shown}:{port}/\n  {act} lets you act there\n")


def _port(host: str, wished: int) -> int:
    """That port if it is free, else another."""
    try:
        return _bound(host, wished)
    except OSError:
        return _bound(host, 0)


def _bound(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as sock:
        found: int = sock.getsockname()[1]
        return found
