"""The one transaction: a batch of handovers becomes sessions with agents, and events that tell of them.

Locks are taken in one order everywhere: events, tenants, sessions.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asyncpg import Connection, Record

from schemas import Handover
from worker import sql
from worker.announcement import Announcement, announced
from worker.core.assignment import Desk, pools_needed
from worker.core.redelivery import Conflict, EventKey, conflicts, first_of_each
from worker.core.session import Session
from worker.core.transition import Transition
from worker.decisions import write_sessions
from worker.desks import ContactId, Locked, Routing, open_desks
from worker.identity import new_id
from worker.pools import TenantId, read_teams
from worker.transitions import record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to: each of its handovers was decided, seen before, or in conflict."""

    decisions: Sequence[Transition]
    announcements: Sequence[Announcement]
    conflicts: Sequence[Conflict]


async def hand_over(connection: Connection, handovers: Sequence[Handover], routing: Routing) -> Outcome:
    """Handle a batch, all of it or nothing.

    Raises asyncpg.PostgresError, OSError or TimeoutError when the database refuses or is away, and SessionRaced
    when another program opened a session of one of the contacts meanwhile; nothing is changed then.
    """
    async with connection.transaction():
        new, tenants, clashing = await _record_events(connection, handovers)
        if not new:
            return Outcome((), (), clashing)
        sessions = await _find_sessions(connection, new)
        desks = await _open_desks(connection, new, tenants, sessions, routing)
        decisions = [desks[handover.tenant_id].decide(handover, new_id()) for handover in new]
        # The events are put into words while PostgreSQL writes the sessions.
        _, announcements = await asyncio.gather(write_sessions(connection, decisions), announced(decisions))
        await record(connection, decisions, announcements, routing.lease_seconds)
    return Outcome(decisions, announcements, clashing)


async def _record_events(
    connection: Connection, handovers: Sequence[Handover]
) -> tuple[list[Handover], dict[TenantId, Locked], list[Conflict]]:
    """The handovers that are new, their tenants, locked, and those that clash with an earlier one."""
    first = first_of_each(handovers)
    tenant_ids, event_ids = zip(*first, strict=True)
    contact_ids = [handover.contact_id for handover in first.values()]
    rows = await connection.fetch(sql.record_events, tenant_ids, event_ids, contact_ids)
    new = {(row["tenant_id"], row["event_id"]) for row in rows if row["event_id"] is not None}
    tenants = _locked(rows, Counter(tenant_id for tenant_id, _ in new)) if new else {}
    if len(new) == len(handovers):
        return list(handovers), tenants, []
    handled: dict[EventKey, str] = {}
    if old := [event for event in first if event not in new]:
        found = await connection.fetch(sql.find_events, *zip(*old, strict=True))
        handled = {(row["tenant_id"], row["event_id"]): row["contact_id"] for row in found}
    return [first[event] for event in first if event in new], tenants, conflicts(handovers, new, handled)


def _locked(rows: Sequence[Record], given: Mapping[TenantId, int]) -> dict[TenantId, Locked]:
    """The tenants; all that is decided in one transaction is decided at one time, when the last was locked."""
    tenants = [row for row in rows if row["event_id"] is None]
    now = max(row["locked_at"] for row in tenants)
    return {row["tenant_id"]: Locked(row["turn"] - given[row["tenant_id"]], now) for row in tenants}


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
    routing: Routing,
) -> dict[TenantId, Desk]:
    teams = await read_teams(connection, tenants)
    asked = defaultdict(list)
    for handover in handovers:
        asked[handover.tenant_id].append(handover)
    pool_ids = {
        tenant_id: pools_needed(asked[tenant_id], sessions.get(tenant_id, {}), teams[tenant_id])
        for tenant_id in tenants
    }
    return await open_desks(connection, tenants, teams, pool_ids, sessions=sessions, routing=routing)
