"""The one transaction: a batch of handovers becomes sessions with agents, and events that tell of them.

Locks are taken in one order everywhere: events, tenants, sessions.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from asyncpg import Connection, Record

from schemas import Handover
from worker import sql
from worker.announcement import Announcement, announcement
from worker.core.assignment import Desk
from worker.core.redelivery import Conflict, EventKey, conflicts, first_of_each
from worker.core.roster import team_id_of
from worker.core.session import Session
from worker.core.transition import Transition
from worker.desks import ContactId, Locked, Routing, open_desks
from worker.identity import new_id
from worker.pools import TenantId, pools_of, teams_of
from worker.transitions import columns, write

Sessions = dict[TenantId, dict[ContactId, Session]]

PART = 125
"""Handovers that are written together: eight parts to a full batch."""


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
        desks = await _see_desks(connection, new, tenants, routing)
        return await _decide(connection, new, desks, clashing, routing.lease_seconds)


async def find_held(connection: Connection, handovers: Sequence[Handover]) -> set[int]:
    """The positions, from 1, of the handovers that would wait for a row somebody else has locked."""
    contacts = [(handover.tenant_id, handover.contact_id) for handover in handovers]
    return {row["position"] for row in await connection.fetch(sql.find_held_contacts, *columns(contacts))}


async def _decide(
    connection: Connection,
    handovers: Sequence[Handover],
    desks: Mapping[TenantId, Desk],
    clashing: Sequence[Conflict],
    lease_seconds: float,
) -> Outcome:
    """Decide, and write what was decided, a part at a time: of the next while PostgreSQL writes the last."""
    decisions: list[Transition] = []
    announcements: list[Announcement] = []

    async def decide(part: slice) -> None:
        decisions.extend(desks[handover.tenant_id].decide(handover, new_id()) for handover in handovers[part])
        announcements.extend(map(announcement, decisions[part]))

    def written(part: slice) -> Awaitable[None]:
        return write(connection, decisions[part], announcements[part], lease_seconds)

    parts = [slice(first, first + PART) for first in range(0, len(handovers), PART)]
    await decide(parts[0])
    for part, following in pairwise(parts):
        await _all(written(part), decide(following))
    await written(parts[-1])
    return Outcome(decisions, announcements, clashing)


async def _all(*work: Awaitable[None]) -> None:
    """All of it to its end, also if some fails: no transaction ends while a statement of it is under way."""
    for error in await asyncio.gather(*work, return_exceptions=True):
        if error:
            raise error


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


async def _see_desks(
    connection: Connection,
    handovers: Sequence[Handover],
    tenants: Mapping[TenantId, Locked],
    routing: Routing,
) -> dict[TenantId, Desk]:
    """The tenants' desks, with the contacts' active sessions, locked: one round trip for all of it."""
    contacts = {(handover.tenant_id, handover.contact_id) for handover in handovers}
    asked = {(handover.tenant_id, handover.team_id) for handover in handovers if handover.team_id is not None}
    named = [(tenant_id, team_id) for tenant_id, text in asked if (team_id := team_id_of(text))]
    rows = await connection.fetch(sql.see_desks, *columns(contacts), *(columns(named) or ((), ())))
    sessions: Sessions = {tenant_id: {} for tenant_id in tenants}
    teams, agents = [], []
    for found, team, *agent in rows:
        if found:
            session = Session._make(found)
            sessions[session.tenant_id][session.contact_id] = session
        elif team:
            teams.append(team)
        else:
            agents.append(agent)
    return open_desks(
        tenants, teams_of(tenants, teams), pools_of(tenants, agents), sessions=sessions, routing=routing
    )
