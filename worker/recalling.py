"""What became of handovers that were handled before, as whoever asks again is told it."""

from collections.abc import Collection, Mapping

from asyncpg import Connection, Record

from schemas import Handover
from worker import sql
from worker.announcement import Announcement, announcement
from worker.core.session import Session
from worker.core.transition import Transition

Identity = tuple[str, str, str]
"""Tenant, event and contact: the same event id with another contact is another handover, and learns nothing."""


def identity(handover: Handover) -> Identity:
    """What a handover is known by when it comes again."""
    return handover.tenant_id, handover.event_id, handover.contact_id


async def recall(connection: Connection, handovers: Collection[Handover]) -> Mapping[Identity, Announcement]:
    """The last event of each one's session, with the id and version it was published with.

    One that was never handled, or whose session is no longer open, has none. Raises what the database raises.
    """
    tenants, events, contacts = zip(*map(identity, handovers), strict=True)
    rows = await connection.fetch(sql.recall_sessions, tenants, events, contacts)
    return {
        (row["tenant_id"], row["event_id"], row["contact_id"]): announcement(_last_transition(row))
        for row in rows
    }


def _last_transition(row: Record) -> Transition:
    session = Session(
        id=row["id"],
        tenant_id=row["tenant_id"],
        contact_id=row["contact_id"],
        contact_name=row["contact_name"],
        channel=row["channel"],
        priority=row["priority"],
        context=row["context"],
        version=row["version"],
        agent_id=row["agent_id"],
        agent_name=row["agent_name"],
        assigned_at=row["assigned_at"],
        team_id=row["team_id"],
    )
    return Transition(
        what=row["what"],
        session=session,
        reason=row["reason"],
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        previous_agent_id=row["previous_agent_id"],
        created=row["version"] == 1,
        handover_id=row["handover_id"],
        requested_team_id=row["requested_team_id"],
        team_fallback=row["team_fallback"],
    )
