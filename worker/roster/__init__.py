"""The roster as commands read and write it: who there is to take a session, and by what policy.

A tenant's row is locked by triggers whenever a change could matter to an assignment, so a change holds from the
moment its command returns.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Status = Literal["online", "busy", "offline"]
Leaving = Literal["keep", "release-unaccepted", "release-all"]
"""What becomes of the sessions of an agent who leaves."""


class NotOnRoster(Exception):
    """There is no such agent or team."""


class Taken(Exception):
    """An id is in use already."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A row of `handover.agents`; no `max_sessions` is no limit, `teams` are ids.

    `status_at` is when the status became what it is, None if it has been so from the start; `seen_at` is the last
    sign of life.
    """

    id: UUID
    tenant_id: str
    name: str
    status: Status
    status_at: datetime | None
    status_reason: str | None
    seen_at: datetime | None
    active: bool
    max_sessions: int | None
    skills: tuple[str, ...]
    teams: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's policy, as `handover.tenants` has it: None is the program's own."""

    tenant_id: str
    accept_seconds: int | None
    on_offline: Leaving | None
    on_removed: Leaving | None
    grace_seconds: int | None


@dataclass(frozen=True, slots=True)
class Team:
    """A row of `handover.teams`. No schedule is always open; of the policy None is the tenant's."""

    id: UUID
    tenant_id: str
    name: str
    active: bool
    is_default: bool
    manual: bool
    schedule: Mapping[str, Any] | None
    accept_seconds: int | None
    on_offline: Leaving | None
    on_removed: Leaving | None
    grace_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """What to change of an agent; None leaves it as it is. `unlimited` takes the limit of sessions away.

    A status is one of now, with the reason given or none.
    """

    name: str | None = None
    status: Status | None = None
    reason: str | None = None
    active: bool | None = None
    unlimited: bool = False
    max_sessions: int | None = None
    skills: Collection[str] | None = None
    teams: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """What to change of a policy; None leaves it as it is. `no_accept` and `none` take away what is not given."""

    none: bool = False
    no_accept: bool = False
    accept_seconds: int | None = None
    on_offline: Leaving | None = None
    on_removed: Leaving | None = None
    grace_seconds: int | None = None

    def values(self) -> tuple[object, ...]:
        """As the statements take them."""
        return (
            self.no_accept,
            self.none,
            self.accept_seconds,
            self.on_offline,
            self.on_removed,
            self.grace_seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChange:
    """What to change of a team; None leaves it as it is. `no_schedule` has it open always."""

    name: str | None = None
    active: bool | None = None
    default: bool | None = None
    manual: bool | None = None
    no_schedule: bool = False
    schedule: Mapping[str, Any] | None = None
    policy: PolicyChange = PolicyChange()
