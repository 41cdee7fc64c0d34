"""Why a service is not there."""

from collections.abc import Sequence
from pathlib import Path

LOG_LINES = 20


class ServersUnavailable(Exception):
    """A service could not be found or started. Names every way that was tried and the ways out."""


class Skipped(Exception):
    """This way to a service is not open here; the text says why."""


def failed_to_start(what: str, log: Path) -> ServersUnavailable:
    return ServersUnavailable(f"{what}; the end of its log:\n{tail(log)}")


def tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "  (it wrote none)"
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES:]) or "  (it wrote nothing)"


def ways_out(service: str, skipped: Sequence[str], url_name: str, install: str) -> ServersUnavailable:
    return ServersUnavailable(
        f"no {service}: {'; '.join(skipped)}. Ways out: set {url_name} to a server that runs, "
        f"or start Docker, or install {service} ({install})"
    )
