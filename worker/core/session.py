"""A session as the transaction sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from schemas import Handover

MAX_CONTEXT_BYTES = 128 * 1024
"""Of contexts merged over many handovers; over it only the newest is kept, itself at most 64 KiB."""


class Session(NamedTuple):
    """An active session. `version` is 0 before its first event; `waiting_since` is None unless it waits.

    `skills`, `handover_id`, `asked_at`, `reason` and `decided_at` are those of its last event. `adrift`, where a
    contact's sessions are looked for: its row says assigned and names no agent, as another program left it.
    """

    id: UUID
    tenant_id: str
    contact_id: str
    contact_name: str | None
    channel: str
    priority: int
    context: Mapping[str, Any] | None
    version: int = 0
    agent_id: UUID | None = None
    agent_name: str | None = None
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    team_id: UUID | None = None
    waiting_since: datetime | None = None
    skills: Sequence[str] = ()
    handover_id: str | None = None
    asked_at: datetime | None = None
    reason: str | None = None
    decided_at: datetime | None = None
    created_at: datetime | None = None
    adrift: bool = False

    @property
    def status(self) -> str:
        """The status column as we write it: an active session is assigned exactly when it has an agent."""
        return "assigned" if self.agent_id else "unassigned"


def opened(session_id: UUID, handover: Handover) -> Session:
    """The new session a handover opens."""
    return Session(
        id=session_id,
        tenant_id=handover.tenant_id,
        contact_id=handover.contact_id,
        contact_name=handover.contact_name,
        channel=handover.channel,
        priority=handover.priority,
        context=handover.context,
        skills=handover.skills,
        handover_id=handover.event_id,
    )


def again(session: Session, handover: Handover) -> Session:
    """The session after its contact asks once more: the newest words win, the highest priority stays.

    Contexts are merged, not replaced: the inbox application keeps things of its own in there.
    """
    return session._replace(
        contact_name=handover.contact_name or session.contact_name,
        channel=handover.channel,
        priority=max(session.priority, handover.priority),
        context=_merged(session.context, handover.context),
        skills=handover.skills,
        handover_id=handover.event_id,
    )


def freed(session: Session) -> Session:
    """The session without its agent. Who had not accepted it has kept the customer waiting all along."""
    return session._replace(
        agent_id=None,
        agent_name=None,
        assigned_at=None,
        accepted_at=None,
        waiting_since=session.asked_at if session.accepted_at is None else None,
        adrift=False,
    )


def _merged(old: Any, new: Mapping[str, Any] | None) -> Any:
    if not new:
        return old
    merged = {**old, **new} if isinstance(old, Mapping) else dict(new)
    return merged if len(to_json(merged)) <= MAX_CONTEXT_BYTES else dict(new)
