"""Publishes what operators and crashes leave in the outbox: whoever is first takes rows whose lease has ended."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog
from asyncpg import Connection

from worker import sql
from worker.announcement import Announcement
from worker.database import Database
from worker.persistence import persist
from worker.relay import Relay

log = structlog.get_logger()

LIMIT = 500


async def sweep(relay: Relay, database: Database, *, every_seconds: float, lease_seconds: float) -> None:
    """Look for events nobody is publishing, for ever; while the broker takes no more they stay where they are."""
    while True:
        await relay.ready.wait()
        await relay.roomy.wait()
        take = partial(take_due, lease_seconds=lease_seconds, held=relay.held)
        if due := await persist(database, take, patient=True):
            log.warning("swept", count=len(due))
            relay.offer(due)
        if len(due) < LIMIT:
            await asyncio.sleep(every_seconds)


async def take_due(
    connection: Connection, *, lease_seconds: float, held: Sequence[object]
) -> list[Announcement]:
    """Lease events whose lease has ended, but for those this process holds; oldest first."""
    rows = await connection.fetch(sql.take_due_events, LIMIT, lease_seconds, held)
    due = [Announcement(**row) for row in rows]
    return sorted(due, key=lambda each: (each.time, each.session_id, each.version))
