"""Session events for the eye: a table that moves, or a line each."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas import SessionEvent
from worker.cli.output import cell, emit, table

COLUMNS = ("time", "event", "contact", "agent", "reason", "waited ms", "version")
FRAME = 6
"""Lines of the terminal that are not rows of the table."""

Show = Callable[[SessionEvent], None]


@contextmanager
def live_table() -> Iterator[Show]:
    """The latest events in a table on the terminal, the newest last."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    rows: deque[tuple[object, ...]] = deque(maxlen=max(1, console.height - FRAME))

    def show(event: SessionEvent) -> None:
        rows.append(_row(event))
        live.update(table(COLUMNS, rows))

    with Live(table(COLUMNS, rows), console=console) as live:
        yield show


def plain_line(event: SessionEvent) -> None:
    """An event on a line of stdout."""
    time, what, contact, agent, reason, waited, version = map(cell, _row(event))
    emit(f"{time} {what} {contact} -> {agent} ({reason}, waited {waited} ms, version {version})")


def _row(event: SessionEvent) -> tuple[object, ...]:
    return (
        f"{event.time.astimezone():%H:%M:%S}",
        event.what,
        " ".join(filter(None, (event.contact_id, event.contact_name))),
        event.agent_name or event.agent_id,
        event.reason,
        event.waited_ms,
        event.session_version,
    )
