"""The audit: a row for each action of an operator, begun before it does anything and ended when it is over."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.letters import Filter, NoLetters, StillRunning
from worker.letters.shapes import Action, AuditRow


@dataclass(frozen=True, slots=True)
class Order:
    """An action as it was asked for: who, which letters, how."""

    id: UUID
    action: Action
    actor: str
    which: Filter
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A replay that still holds letters."""

    id: UUID
    action: str
    actor: str
    options: Mapping[str, Any]
    started_at: datetime
    held: int


async def begin(connection: Connection, order: Order) -> None:
    """Put it on record, in the caller's transaction."""
    asked = {name: value for name, value in asdict(order.which).items() if value is not None}
    await connection.execute(sql.open_replay, order.id, order.action, order.actor, asked, dict(order.options))


async def end(connection: Connection, action_id: UUID, stopped_by: str | None = None) -> None:
    """It is over: done, or stopped by something."""
    state: Literal["done", "stopped"] = "stopped" if stopped_by else "done"
    await connection.execute(sql.close_replay, action_id, state, stopped_by)


async def make_ours(connection: Connection, replay_id: UUID) -> None:
    """Nobody else runs this replay as long as the connection lives. Raises StillRunning."""
    if not await connection.fetchval(sql.lock_replay, str(replay_id)):
        raise StillRunning(f"replay {replay_id} is still running elsewhere: wait for it, or end that process")


async def unfinished(connection: Connection, replay_id: UUID | None = None) -> Unfinished:
    """The newest replay that still holds letters, or this one if it does. Raises NoLetters."""
    for replay in await all_unfinished(connection):
        if replay_id in (None, replay.id):
            return replay
    which = f"replay {replay_id} holds no letter" if replay_id else "no replay was left unfinished"
    raise NoLetters(f"{which}: see `handover dead-letters history`")


async def all_unfinished(connection: Connection) -> list[Unfinished]:
    """The replays that still hold letters, the newest first."""
    return [Unfinished(**row) for row in await connection.fetch(sql.list_unfinished_replays)]


async def recorded(connection: Connection, *, limit: int | None) -> list[AuditRow]:
    """The actions, the newest first."""
    rows = await connection.fetch(sql.list_replays, limit)
    return [AuditRow(**{**row, "resumed": tuple(row["resumed"])}) for row in rows]
