"""A session event on its way out: a row of the outbox."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schemas import SessionEvent, encode_session_event
from worker.core.transition import Transition


class Announcement(NamedTuple):
    """What the relay publishes, byte for byte the same however often."""

    id: UUID
    session_id: UUID
    version: int
    type: str
    routing_key: str
    correlation_id: str | None
    body: bytes
    time: datetime
    traceparent: str | None = None


def announcement(transition: Transition) -> Announcement:
    """The event that tells of a transition."""
    event = session_event(transition)
    return Announcement(
        id=event.event_id,
        session_id=event.session_id,
        version=event.session_version,
        type=event.type,
        routing_key=event.routing_key,
        correlation_id=event.handover_id,
        body=encode_session_event(event),
        time=event.time,
        traceparent=transition.traceparent,
    )


def session_event(transition: Transition) -> SessionEvent:
    """The transition in the words of the wire."""
    session = transition.session
    waited = transition.decided_at - transition.asked_at
    return SessionEvent(
        what=transition.what,
        session_id=session.id,
        session_version=session.version,
        tenant_id=session.tenant_id,
        contact_id=session.contact_id,
        contact_name=session.contact_name,
        channel=session.channel,
        status=transition.status,
        team_id=session.team_id,
        agent_id=session.agent_id,
        agent_name=session.agent_name,
        previous_agent_id=transition.previous_agent_id,
        reason=transition.reason,
        created=transition.created,
        assigned_at=session.assigned_at,
        waited_ms=round(waited.total_seconds() * 1000),
        priority=session.priority,
        context=session.context if isinstance(session.context, dict) else None,
        handover_id=transition.handover_id,
        requested_team_id=transition.requested_team_id,
        team_fallback=transition.team_fallback,
        time=transition.decided_at,
    )
