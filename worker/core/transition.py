"""One new version of a session, whoever made it: what its event says and the audit keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from schemas.session import What
from worker.core.session import Session

PassedOver = Mapping[str, Sequence[str]]
"""The agents each rule ruled out, as the audit keeps them."""

NOBODY: PassedOver = MappingProxyType({})


class Transition(NamedTuple):
    """`session` is as it is now, or was last. No `actor` is the worker, no `handover_id` an operator.

    `turn` is None when nobody's turn was taken. `requested_team_id` is the team asked for where it could not be used.
    `traceparent` is the trace of the handover that was decided.
    """

    what: What
    session: Session
    reason: str
    asked_at: datetime
    decided_at: datetime
    previous_agent_id: UUID | None = None
    created: bool = False
    handover_id: str | None = None
    requested_team_id: str | None = None
    team_fallback: str | None = None
    pool_id: UUID | None = None
    turn: int | None = None
    considered: int = 0
    passed_over: PassedOver = NOBODY
    skills: Sequence[str] = ()
    actor: str | None = None
    traceparent: str | None = None

    @property
    def status(self) -> str:
        """What the event calls it: the status column, or `deleted` when there is no row any more."""
        return self.what if self.what in ("resolved", "deleted") else self.session.status
