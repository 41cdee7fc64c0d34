"""Sessions as operators see and change them: the runbook as transactions.

A change takes the worker's locks in the worker's order, writes the audit, and leaves its event in the outbox, where
a running worker finds and publishes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID


class NoSuchSession(Exception):
    """The contact has no session of the kind that was asked for."""


class NotAllowed(Exception):
    """It was not done, because of something that a flag or a second look can settle."""


@dataclass(frozen=True, slots=True)
class Whose:
    """A contact of a tenant: `contact_ids` are what its id may be, the likelier first."""

    tenant_id: str
    contact_ids: Sequence[str]

    def __str__(self) -> str:
        return f"contact {' or '.join(map(repr, self.contact_ids))} of tenant {self.tenant_id!r}"


@dataclass(frozen=True, slots=True)
class Release:
    """To unassigned; the row stays."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """To resolved."""


@dataclass(frozen=True, slots=True)
class Reassign:
    """To an agent of the tenant; `force` makes one do who is inactive, not online, unseen for `heartbeat`, or full.

    The team and the skills asked for do not count: the operator knows better.
    """

    agent_id: UUID
    force: bool
    heartbeat: timedelta | None = None


Operation = Release | Resolve | Reassign
