"""What commands print of changes: the JSON of `handover sessions reset, resolve, reassign, delete`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from worker.announcement import session_event
from worker.core.transition import Transition
from worker.sessions.changes import Outlook
from worker.sessions.deletion import Doomed
from worker.sessions.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done to one session, or in a dry run would be."""

    done: Annotated[bool, Field(description="False in a dry run, and when there was nothing to do.")]
    tenant_id: str
    contact_id: str
    session_id: UUID
    session_version: Annotated[int, Field(description="After it.")]
    status: Annotated[str, Field(description="After it: unassigned, assigned, resolved or deleted.")]
    agent_id: UUID | None
    agent_name: str | None
    previous_agent_id: UUID | None
    event_type: Annotated[str | None, Field(description="Null when there is nothing to do.")]
    event_id: UUID | None
    actor: Annotated[str | None, Field(description="Who did it; null when there is nothing to do.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was deleted, or in a dry run would be."""

    done: Annotated[bool, Field(description="False in a dry run, and when a foreign key forbids it.")]
    sessions: Sequence[Change]
    references: Sequence[Reference]


def change(outlook: Outlook, *, done: bool) -> Change:
    """The report of an operation; nothing is done when there is nothing to do."""
    if outlook.transition:
        return _change(outlook.transition, done=done)
    session = outlook.session
    return Change(
        done=False,
        tenant_id=session.tenant_id,
        contact_id=session.contact_id,
        session_id=session.id,
        session_version=session.version,
        status=session.status,
        agent_id=session.agent_id,
        agent_name=session.agent_name,
        previous_agent_id=session.agent_id,
        event_type=None,
        event_id=None,
        actor=None,
    )


def removal(doomed: Doomed, *, done: bool) -> Removal:
    """The report of a deletion."""
    return Removal(
        done=done,
        sessions=[_change(transition, done=done) for transition in doomed.transitions],
        references=doomed.references,
    )


def _change(transition: Transition, *, done: bool) -> Change:
    event = session_event(transition)
    return Change(
        done=done,
        tenant_id=event.tenant_id,
        contact_id=event.contact_id,
        session_id=event.session_id,
        session_version=event.session_version,
        status=event.status,
        agent_id=event.agent_id,
        agent_name=event.agent_name,
        previous_agent_id=event.previous_agent_id,
        event_type=event.type,
        event_id=event.event_id,
        actor=transition.actor,
    )
