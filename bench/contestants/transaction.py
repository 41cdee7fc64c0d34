"""One message, one transaction: what the worker's SQL does for a batch, written for a single handover."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic_core import from_json, to_json

from bench import sql
from bench.contestants.outgoing import Outgoing
from bench.contestants.program import Connection
from schemas import Handover, SessionEvent, encode_session_event


@dataclass(frozen=True, slots=True)
class Locked:
    """What is ours until commit: the tenant's turn, the contact's session if there is one, the agent if any."""

    turn: int
    now: datetime
    session: Mapping[str, Any] | None
    agent: Mapping[str, Any] | None


async def hand_over(connection: Connection, handover: Handover) -> list[Outgoing]:
    """Handle one; the events to publish. Locks: event, tenant, session."""
    tenant_id, contact_id = handover.tenant_id, handover.contact_id
    async with connection.transaction():
        if not await connection.fetchval(sql.record_event, tenant_id, handover.event_id, contact_id):
            rows = await connection.fetch(sql.find_unannounced, tenant_id, handover.event_id)
            return [Outgoing(**row) for row in rows]
        [(turn, now)] = await connection.fetch(sql.lock_tenant, tenant_id)
        session = await connection.fetchrow(sql.find_session, tenant_id, contact_id)
        agent = await connection.fetchrow(
            sql.choose_agent, tenant_id, handover.skills, session and session["id"]
        )
        locked = Locked(turn, now, dict(session) if session else None, dict(agent) if agent else None)
        event = decide(handover, locked, uuid4())
        outgoing = Outgoing(
            event.event_id,
            event.type,
            event.routing_key,
            handover.event_id,
            encode_session_event(event),
            event.time,
        )
        await connection.execute(sql.write_handover, *_columns(handover, locked, event, outgoing))
    return [outgoing]


def decide(handover: Handover, locked: Locked, new_id: UUID) -> SessionEvent:
    """The event this handover leads to. Nobody eligible: an assigned session keeps its agent, others wait."""
    before = locked.session or {
        "id": new_id,
        "contact_name": None,
        "priority": handover.priority,
        "context": None,
        "assigned_at": None,
        "agent_id": None,
        "agent_name": None,
        "version": 0,
    }
    agent = locked.agent or {"id": before["agent_id"], "name": before["agent_name"]}
    assigned = agent["id"] is not None
    changed = agent["id"] != before["agent_id"]
    context = {**(from_json(before["context"]) if before["context"] else {}), **(handover.context or {})}
    return SessionEvent(
        what="assigned" if assigned else "waiting",
        time=locked.now,
        session_id=before["id"],
        session_version=before["version"] + 1,
        tenant_id=handover.tenant_id,
        contact_id=handover.contact_id,
        contact_name=handover.contact_name or before["contact_name"],
        channel=handover.channel,
        status="assigned" if assigned else "unassigned",
        team_id=None,
        agent_id=agent["id"],
        agent_name=agent["name"],
        previous_agent_id=before["agent_id"],
        reason=("again" if locked.session else "new") if assigned else "none_online",
        created=locked.session is None,
        assigned_at=locked.now if assigned and changed else before["assigned_at"],
        waited_ms=round((locked.now - (handover.asked_at or locked.now)).total_seconds() * 1000),
        priority=max(before["priority"], handover.priority),
        context=context or None,
        handover_id=handover.event_id,
    )


def _columns(handover: Handover, locked: Locked, event: SessionEvent, outgoing: Outgoing) -> tuple[Any, ...]:
    return (
        event.session_id,
        event.tenant_id,
        event.contact_id,
        event.contact_name,
        event.status,
        event.channel,
        event.priority,
        None if event.context is None else to_json(event.context).decode(),
        event.agent_id,
        event.assigned_at,
        event.time,
        locked.turn if locked.agent else None,
        "turn" if locked.agent else "none",
        event.session_version,
        handover.event_id,
        event.what,
        event.reason,
        event.previous_agent_id,
        locked.agent["considered"] if locked.agent else 0,
        list(handover.skills),
        handover.asked_at or event.time,
        outgoing.id,
        outgoing.type,
        outgoing.routing_key,
        outgoing.body,
    )
