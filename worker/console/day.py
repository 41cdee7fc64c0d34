"""What is counted over a whole day: turns, and how soon agents accept. It may be much, so it is read now and then."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Connection
from pydantic import Field

from worker import sql

LOOK_SECONDS = 1.0
SPARING = 200
"""What was read is good for so many times as long as it took."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many turns of a pool an agent had today."""

    agent_id: UUID
    agent_name: Annotated[str | None, Field(description="Null: not on the roster any more.")]
    turns: int


@dataclass(frozen=True, slots=True)
class PoolToday:
    """A pool, which is a team or all of a tenant, and whose turns there were today."""

    tenant_id: str
    team_id: UUID | None
    team_name: str | None
    turns: list[Share] = field(default_factory=list)


class Day:
    """What is counted over a whole day: read now and then, for it may be much."""

    def __init__(self) -> None:
        self.pools: Sequence[PoolToday] = ()
        self.accepting: dict[UUID, float] = {}
        self._due = 0.0

    async def refresh(self, connection: Connection) -> None:
        """Count anew, unless that was done just now: a two-hundredth of the time at most is spent on it."""
        began = time.monotonic()
        if began >= self._due:
            await self._read(connection)
            ended = time.monotonic()
            self._due = ended + max(LOOK_SECONDS, SPARING * (ended - began))

    async def _read(self, connection: Connection) -> None:
        since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        pools: dict[tuple[Any, ...], PoolToday] = {}
        for row in await connection.fetch(sql.measure_turns, since):
            key = (row["tenant_id"], row["team_id"], row["team_name"])
            share = Share(row["agent_id"], row["agent_name"], row["turns"])
            pools.setdefault(key, PoolToday(*key)).turns.append(share)
        accepting = await connection.fetch(sql.measure_accepting, since)
        self.pools = list(pools.values())
        self.accepting = {row["agent_id"]: row["seconds"] for row in accepting}

    def turns(self) -> dict[UUID, int]:
        """Of each agent, in all their pools."""
        turns: dict[UUID, int] = {}
        for pool in self.pools:
            for share in pool.turns:
                turns[share.agent_id] = turns.get(share.agent_id, 0) + share.turns
        return turns
