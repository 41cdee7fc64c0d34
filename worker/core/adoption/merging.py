"""Of a contact's active sessions, which one stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Open:
    """An active session; `created_at` may be missing in a table somebody else made."""

    id: UUID
    tenant_id: str
    contact_id: str
    status: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The session that stays its contact's open one, and those that are resolved."""

    kept: Open
    resolved: Sequence[Open]


def settle(sessions: Iterable[Open]) -> list[Settlement]:
    """For each contact that has several: an assigned one stays, of those the latest, else the latest."""
    by_contact = groupby(sorted(sessions, key=_contact), key=_contact)
    ranked = [sorted(group, key=_rank, reverse=True) for _, group in by_contact]
    return [Settlement(best, others) for best, *others in ranked if others]


def _contact(session: Open) -> tuple[str, str]:
    return session.tenant_id, session.contact_id


def _rank(session: Open) -> tuple[bool, float, UUID]:
    created = session.created_at.timestamp() if session.created_at else float("-inf")
    return session.status == "assigned", created, session.id
