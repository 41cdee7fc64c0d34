"""Nobody waits for ever: whatever changes who could take a session wakes this, and a sweep finds what was missed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from asyncpg import Connection, Record

from worker import metrics, sql
from worker.acceptance import pass_on
from worker.announcement import Announcement
from worker.core.settlement import Fate
from worker.database import Database
from worker.desks import Routing
from worker.draining import drain
from worker.errors import sentence
from worker.fate import fate_of_error
from worker.leaving import Departure, release
from worker.persistence import Work, persist
from worker.pools import TenantId

log = structlog.get_logger()

T = TypeVar("T")

LIMIT = 200
"""Sessions passed on, or departures looked at, in one sweep."""

REPORT_SECONDS = 3600

GRACE_SECONDS = 30
"""Until an agent who left has really left, where neither team nor tenant says."""


class Attention:
    """Looks after sessions that no handover is about to touch."""

    def __init__(
        self,
        database: Database,
        announce: Callable[[Sequence[Announcement]], None],
        *,
        routing: Routing,
        max_age: timedelta,
        every_seconds: float,
    ) -> None:
        self._database = database
        self._announce = announce
        self._routing = routing
        self._max_age = max_age
        self._every_seconds = every_seconds
        self._woken: set[TenantId] = set()
        self._wake = asyncio.Event()
        self._busy = asyncio.Lock()
        self._closed = False
        self._locked: set[TenantId] = set()

    def wake(self, tenant_id: TenantId) -> None:
        """Something changed for the tenant that may let somebody be served."""
        self._woken.add(tenant_id)
        self._wake.set()

    async def run(self) -> None:
        """Serve who is woken at once, and sweep at intervals, until cancelled."""
        loop = asyncio.get_running_loop()
        next_report = loop.time()
        while True:
            await self.sweep()
            if loop.time() >= next_report:
                await self.report()
                next_report = loop.time() + REPORT_SECONDS
            next_sweep = loop.time() + self._every_seconds
            while loop.time() < next_sweep:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(next_sweep):
                        await self._wake.wait()
                self._wake.clear()
                woken, self._woken = self._woken, set()
                for tenant_id in sorted(woken):
                    await self.serve(tenant_id)

    async def close(self) -> None:
        """Begin nothing more, and wait until what was begun is committed and announced."""
        self._closed = True
        async with self._busy:
            pass

    async def sweep(self) -> None:
        """Look at everything once; a tenant that somebody has locked is left to the next look."""
        self._locked.clear()
        for row in await self._find(sql.find_departed, GRACE_SECONDS, LIMIT):
            work = partial(release, departure=Departure(**row), routing=self._routing)
            await self._do("released", work, row["tenant_id"])
        overdue: defaultdict[TenantId, dict[UUID, datetime]] = defaultdict(dict)
        for row in await self._find(sql.find_unaccepted, LIMIT):
            overdue[row["tenant_id"]][row["id"]] = row["assigned_at"]
        for tenant_id, sessions in overdue.items():
            work = partial(pass_on, tenant_id=tenant_id, overdue=sessions, routing=self._routing)
            await self._do("passed_on", work, tenant_id)
        for row in await self._find(sql.find_drainable_tenants, self._max_age):
            await self.serve(row["tenant_id"])

    async def report(self) -> None:
        """Tell of those who have waited for too long: they are left to people."""
        for row in await self._find(sql.count_left_waiting, self._max_age, LIMIT):
            log.warning(
                "left_to_people",
                tenant_id=row["tenant_id"],
                sessions=row["sessions"],
                oldest=row["oldest"].isoformat(),
            )

    async def serve(self, tenant_id: TenantId) -> int:
        """Assign the tenant's waiting sessions as far as there are agents; how many were."""
        work = partial(drain, tenant_id=tenant_id, routing=self._routing, max_age=self._max_age)
        return await self._do("drained", work, tenant_id)

    async def _do(self, event: str, work: Work[Sequence[Announcement]], tenant_id: TenantId) -> int:
        async with self._busy:
            passed_by = self._closed or tenant_id in self._locked
            return 0 if passed_by else await self._finish(event, work, tenant_id)

    async def _finish(self, event: str, work: Work[Sequence[Announcement]], tenant_id: TenantId) -> int:
        try:
            announcements = await persist(self._database, work)
        except Exception as error:  # the boundary: one tenant's trouble must not end the care for all others
            fate = fate_of_error(error)
            if fate is Fate.BLOCKED:
                self._locked.add(tenant_id)
            log.warning(
                "attention_failed",
                work=event,
                error=sentence(error),
                exc_info=None if fate in (Fate.BLOCKED, Fate.RETRY) else error,
                tenant_id=tenant_id,
            )
            return 0
        self._announce(announcements)
        if announcements:
            metrics.cared_for(event, announcements)
            log.info(event, count=len(announcements), tenant_id=tenant_id)
        return len(announcements)

    async def _find(self, statement: str, *arguments: object) -> list[Record]:
        async def find(connection: Connection) -> list[Record]:
            return await connection.fetch(statement, *arguments)

        return await persist(self._database, find, patient=True)
