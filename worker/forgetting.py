"""Retention: what is old enough is forgotten, a bite at a time."""

import asyncio

import structlog

from worker import sql
from worker.database import Database
from worker.persistence import persist

log = structlog.get_logger()

BITE = 5_000
"""Rows deleted in one transaction."""

EVERY_SECONDS = 3600


async def forget(database: Database, *, keep_events_days: int, keep_audit_days: int) -> None:
    """Delete what is past its time, once an hour, for ever."""
    while True:
        await _bite_by_bite(database, sql.forget_handled_events, keep_events_days)
        await _bite_by_bite(database, sql.forget_assignments, keep_audit_days)
        await asyncio.sleep(EVERY_SECONDS)


async def _bite_by_bite(database: Database, statement: str, days: int) -> None:
    deleted = BITE
    while deleted == BITE:
        tag = await persist(
            database, lambda connection: connection.execute(statement, days, BITE), patient=True
        )
        deleted = int(tag.removeprefix("DELETE "))
        if deleted:
            log.info("forgotten", rows=deleted, older_than_days=days)
