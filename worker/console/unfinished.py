"""`/api/letters/replays`: replays that ended before all their letters had, as when a console or a command died."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from worker.console.desk import Console
from worker.console.endpoint import Endpoint
from worker.console.gate import Visitor
from worker.letters.auditing import all_unfinished


@dataclass(frozen=True, slots=True)
class Left:
    """A replay that holds letters, which nobody can treat until it is gone on with or given up."""

    replay: UUID
    action: str
    actor: str
    started_at: datetime
    held: Annotated[int, Field(description="Letters whose outcome is not known.")]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Those that do not run here, the newest first; another console or a command may run one."""

    replays: Sequence[Left]


async def unfinished(console: Console, *, visitor: Visitor) -> Unfinished:
    """As `handover dead-letters replay --resume` finds them."""
    del visitor
    async with console.desk.reading() as connection:
        found = await all_unfinished(connection)
    running = console.replays.running
    return Unfinished(
        [
            Left(each.id, each.action, each.actor, each.started_at, each.held)
            for each in found
            if each.id not in running
        ]
    )


ENDPOINTS = [
    Endpoint(
        "GET",
        "/api/letters/replays",
        "Replays that were left unfinished.",
        unfinished,
        Unfinished,
        shared=True,
    ),
]
