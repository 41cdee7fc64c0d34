"""The one transaction: a batch of handovers becomes sessions with agents, and events that tell of them.

Locks are taken in one order everywhere: events, tenants, sessions.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from asyncpg import Connection

from schemas import Handover
from worker import sql
from worker.announcement import Announcement, announcement
from worker.core.assignment import Decision, Desk, Reassign, pools_needed
from worker.core.redelivery import Conflict, EventKey, conflicts, first_of_each
from worker.core.rotation import Rotation
from worker.core.session import Session
from worker.decisions import write
from worker.pools import agent, read_pools, read_teams

TenantId = str
ContactId = str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to: each of its handovers was decided, seen before, or in conflict."""

    decisions: Sequence[Decision]
    announcements: Sequence[Announcement]
    conflicts: Sequence[Conflict]


@dataclass(frozen=True, slots=True)
class Locked:
    """One tenant, its row locked: the turns given out before this batch, and the time."""

    turn: int
    now: datetime


async def hand_over(
    connection: Connection, handovers: Sequence[Handover], *, reassign: Reassign, lease_seconds: float
) -> Outcome:
    """Handle a batch, all of it or nothing.

    Raises asyncpg.PostgresError, OSError or TimeoutError when the database refuses or is away, and SessionRaced
    when another program opened a session of one of the contacts meanwhile; nothing is changed then.
    """
    async with connection.transaction():
        new, clashing = await _record_events(connection, handovers)
        if not new:
            return Outcome((), (), clashing)
        tenants = await _lock_tenants(connection, new)
        sessions = await _find_sessions(connection, new)
        desks = await _open_desks(connection, new, tenants, sessions, reassign)
        decisions = [desks[handover.tenant_id].decide(handover, uuid4()) for handover in new]
        announcements = [announcement(decision.transition) for decision in decisions]
        await write(connection, decisions, announcements, lease_seconds)
    return Outcome(decisions, announcements, clashing)


async def _record_events(
    connection: Connection, handovers: Sequence[Handover]
) -> tuple[list[Handover], list[Conflict]]:
    first = first_of_each(handovers)
    tenant_ids, event_ids = zip(*first, strict=True)
    contact_ids = [handover.contact_id for handover in first.values()]
    rows = await connection.fetch(sql.record_events, tenant_ids, event_ids, contact_ids)
    new = {(row["tenant_id"], row["event_id"]) for row in rows}
    handled: dict[EventKey, str] = {}
    if old := [event for event in first if event not in new]:
        found = await connection.fetch(sql.find_events, *zip(*old, strict=True))
        handled = {(row["tenant_id"], row["event_id"]): row["contact_id"] for row in found}
    return [first[event] for event in first if event in new], conflicts(handovers, new, handled)


async def _lock_tenants(connection: Connection, handovers: Sequence[Handover]) -> dict[TenantId, Locked]:
    turns = Counter(handover.tenant_id for handover in handovers)
    rows = await connection.fetch(sql.lock_tenants, list(turns), list(turns.values()))
    return {row["tenant_id"]: Locked(row["turn"] - turns[row["tenant_id"]], row["locked_at"]) for row in rows}


async def _find_sessions(
    connection: Connection, handovers: Sequence[Handover]
) -> dict[TenantId, dict[ContactId, Session]]:
    contacts = {(handover.tenant_id, handover.contact_id) for handover in handovers}
    found: dict[TenantId, dict[ContactId, Session]] = defaultdict(dict)
    for row in await connection.fetch(sql.find_sessions, *zip(*contacts, strict=True)):
        found[row["tenant_id"]][row["contact_id"]] = Session(**row)
    return found


async def _open_desks(
    connection: Connection,
    handovers: Sequence[Handover],
    tenants: Mapping[TenantId, Locked],
    sessions: Mapping[TenantId, Mapping[ContactId, Session]],
    reassign: Reassign,
) -> dict[TenantId, Desk]:
    teams = await read_teams(connection, tenants)
    asked = defaultdict(list)
    for handover in handovers:
        asked[handover.tenant_id].append(handover)
    pool_ids = {
        tenant_id: pools_needed(asked[tenant_id], sessions.get(tenant_id, {}), teams[tenant_id])
        for tenant_id in tenants
    }
    pools = await read_pools(connection, pool_ids)
    return {
        tenant_id: Desk(
            teams=teams[tenant_id],
            sessions=sessions.get(tenant_id, {}),
            pools={
                pool_id: Rotation(map(agent, pools[tenant_id, pool_id])) for pool_id in pool_ids[tenant_id]
            },
            open_sessions={
                row["id"]: row["open_sessions"]
                for pool_id in pool_ids[tenant_id]
                for row in pools[tenant_id, pool_id]
            },
            turn=locked.turn,
            now=locked.now,
            reassign=reassign,
        )
        for tenant_id, locked in tenants.items()
    }
