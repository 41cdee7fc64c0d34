"""The roster as commands read and write it: who there is to take a session.

A tenant's row is locked by triggers whenever a change could matter to an assignment, so a change holds from the
moment its command returns.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Status = Literal["online", "busy", "offline"]


class NotOnRoster(Exception):
    """There is no such agent or team."""


class Taken(Exception):
    """An id is in use already."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A row of `handover.agents`; no `max_sessions` is no limit, `teams` are ids."""

    id: UUID
    tenant_id: str
    name: str
    status: Status
    active: bool
    max_sessions: int | None
    skills: tuple[str, ...]
    teams: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A row of `handover.teams`."""

    id: UUID
    tenant_id: str
    name: str
    active: bool
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """What to change of an agent; None leaves it as it is. `unlimited` takes the limit of sessions away."""

    name: str | None = None
    status: Status | None = None
    active: bool | None = None
    unlimited: bool = False
    max_sessions: int | None = None
    skills: Collection[str] | None = None
    teams: Collection[UUID] | None = None
