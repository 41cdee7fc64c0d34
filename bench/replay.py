"""The statements of the worker's batches again and again, by one connection: what PostgreSQL alone can do.

    python -m bench.replay SHARD SHARDS BATCH SECONDS

Only the tenants of one shard of so many. Prints how many handovers a second that were. The statements are those the
worker really sends: one batch is handled by its own code, and what went to the server is repeated with new ids.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.traffic import HUNDRED, handovers, tenants
from schemas import Handover
from worker import sql
from worker.database import connect
from worker.desks import Routing
from worker.handover import Outcome, hand_over


@dataclass(frozen=True, slots=True)
class Statement:
    """A query and its arguments; `renewed` are the positions of those that hold ids."""

    query: str
    args: tuple[Any, ...]
    renewed: frozenset[int]

    def with_new(self, ids: Mapping[Any, Any]) -> list[Any]:
        return [
            [_renewed(each, ids) for each in arg] if position in self.renewed else arg
            for position, arg in enumerate(self.args)
        ]


async def main(shard: int, shards: int, batch: int, seconds: float) -> None:
    """Replay for so long."""
    connection = await connect(os.environ["DATABASE_URL"])
    ours = {name for number, name in enumerate(tenants(HUNDRED)) if number % shards == shard}
    everything = (each for each in handovers(HUNDRED, 1_000_000) if each.tenant_id in ours)
    statements, ids = await _capture(connection, list(islice(everything, batch)))
    loop = asyncio.get_running_loop()
    began, count = loop.time(), 0
    while loop.time() - began < seconds:
        new = {old: str(uuid4()) if isinstance(old, str) else uuid4() for old in ids}
        for statement in statements:
            if statement.args:
                await connection.fetch(statement.query, *statement.with_new(new))
            else:
                await connection.execute(statement.query)
        count += batch
    print(count / (loop.time() - began))
    await connection.close()


async def _capture(
    connection: asyncpg.Connection, batch: list[Handover]
) -> tuple[list[Statement], set[str | UUID]]:
    """What the worker sends for a batch, the deletion of what is confirmed after it; the ids that are new each time."""
    logged: list[tuple[str, tuple[Any, ...]]] = []

    def log(query: Any) -> None:
        logged.append((query.query, tuple(query.args or ())))

    with connection.query_logger(log):
        outcome = await hand_over(connection, batch, Routing())
        await connection.execute(sql.delete_confirmed_events, [each.id for each in outcome.announcements])
    ids = _ids(batch, outcome)
    statements = [
        Statement(query, args, frozenset(n for n, arg in enumerate(args) if _holds_any(arg, ids)))
        for query, args in logged
    ]
    return statements, ids


def _ids(batch: list[Handover], outcome: Outcome) -> set[str | UUID]:
    return {
        *(each.event_id for each in batch),
        *(each.contact_id for each in batch),
        *(each.id for each in outcome.announcements),
        *(each.session_id for each in outcome.announcements),
    }


def _renewed(each: Any, ids: Mapping[Any, Any]) -> Any:
    """A value, or a row of values."""
    if isinstance(each, tuple):
        return tuple(_renewed(value, ids) for value in each)
    return ids.get(each, each) if isinstance(each, str | UUID) else each


def _holds_any(arg: Any, ids: set[str | UUID]) -> bool:
    if isinstance(arg, list | tuple):
        return any(_holds_any(each, ids) for each in arg)
    return isinstance(arg, str | UUID) and arg in ids


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
