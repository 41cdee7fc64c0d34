"""A session event on its way out: a row of the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas import SessionEvent, encode_session_event
from worker.core.assignment import Decision


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the relay publishes, byte for byte the same however often."""

    id: UUID
    session_id: UUID
    version: int
    type: str
    routing_key: str
    correlation_id: str | None
    body: bytes
    time: datetime


def announcement(decision: Decision) -> Announcement:
    """The event that tells of a decision."""
    event = session_event(decision)
    return Announcement(
        id=event.event_id,
        session_id=event.session_id,
        version=event.session_version,
        type=event.type,
        routing_key=event.routing_key,
        correlation_id=event.handover_id,
        body=encode_session_event(event),
        time=event.time,
    )


def session_event(decision: Decision) -> SessionEvent:
    """The decision in the words of the wire."""
    session = decision.session
    waited = decision.decided_at - decision.asked_at
    return SessionEvent(
        what="assigned" if session.agent_id else "waiting",
        session_id=session.id,
        session_version=session.version,
        tenant_id=session.tenant_id,
        contact_id=session.contact_id,
        contact_name=session.contact_name,
        channel=session.channel,
        status=session.status,
        team_id=session.team_id,
        agent_id=session.agent_id,
        agent_name=session.agent_name,
        previous_agent_id=decision.previous_agent_id,
        reason=decision.reason,
        created=decision.created,
        assigned_at=session.assigned_at,
        waited_ms=round(waited.total_seconds() * 1000),
        priority=session.priority,
        context=dict(session.context) if isinstance(session.context, Mapping) else None,
        handover_id=decision.handover.event_id,
        requested_team_id=decision.handover.team_id if decision.route.fallback else None,
        team_fallback=decision.route.fallback,
        time=decision.decided_at,
    )
