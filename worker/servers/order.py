"""What the owner tells its keeper, one JSON object a line, and what it hears back."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """Start a process, as ourselves where `uid` is None. `stop` is the signal that ends it in good order."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    log: str
    stop: int
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A process ended. `code` as subprocess has it (negative: by that signal), None if it never started."""

    name: str
    code: int | None
    error: str = ""


def to_line(message: Order | Report) -> bytes:
    return json.dumps(asdict(message)).encode() + b"\n"


def order_from(line: bytes) -> Order:
    return Order(**json.loads(line))


def report_from(line: bytes) -> Report:
    return Report(**json.loads(line))
