"""Counting what lies in the database, at intervals: never for a batch, and never because somebody asks."""

import asyncio

import structlog
from asyncpg import Connection, Record

from worker import metrics, sql
from worker.database import Database
from worker.errors import sentence
from worker.persistence import persist
from worker.vitals import Vitals

log = structlog.get_logger()

EVERY_SECONDS = 5
HURRY = "set local statement_timeout = '3s'"
"""A database that counts for longer has other things to do."""


async def take_stock(database: Database, vitals: Vitals) -> None:
    """Count for ever; what cannot be counted in time keeps its last figure."""
    while True:
        try:
            stock, waiting = await persist(database, _count)
        except Exception as error:  # noqa: BLE001 - the boundary: figures are not worth a worker
            log.warning("not_counted", error=sentence(error))
        else:
            _show(stock, waiting)
            vitals.outbox_seconds = stock["outbox_seconds"]
        await asyncio.sleep(EVERY_SECONDS)


async def _count(connection: Connection) -> tuple[Record, list[Record]]:
    async with connection.transaction(readonly=True):
        await connection.execute(HURRY)
        [stock] = await connection.fetch(sql.count_stock)
        return stock, await connection.fetch(sql.count_waiting)


def _show(stock: Record, waiting: list[Record]) -> None:
    by_reason = {row["reason"]: row["sessions"] for row in waiting}
    for reason in {*metrics.WAITING_REASONS, *by_reason}:
        metrics.WAITING_SESSIONS.labels(reason).set(by_reason.get(reason, 0))
    metrics.LONGEST_WAIT.set(max((row["longest_seconds"] for row in waiting), default=0))
    metrics.OPEN_SESSIONS.labels("assigned").set(stock["assigned"])
    metrics.OPEN_SESSIONS.labels("unassigned").set(sum(by_reason.values()))
    metrics.OUTBOX_EVENTS.set(stock["outbox"])
    metrics.OUTBOX_AGE.set(stock["outbox_seconds"])
    metrics.DEAD_LETTERS.set(stock["letters"])
    metrics.COUNTED_AT.set_to_current_time()
