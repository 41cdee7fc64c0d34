"""A row of the inbox: a session as the command lists it, and what else a screen shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Connection
from pydantic import Field

from worker import sql
from worker.console.masking import masked, without_ids
from worker.core.story import SessionRow
from worker.sessions.looking import named


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSession(SessionRow):
    """A session as `handover sessions list --json` has it, and what else a screen shows of it."""

    context: Annotated[
        Any,
        Field(description="Null in what is live, and in a list unless it was asked for by `context=true`."),
    ]
    agent_name: str | None = None
    team_name: str | None = None
    session_version: Annotated[
        int, Field(description="Drop what is said of an older one; 0: nothing was ever decided about it.")
    ] = 0
    reason: Annotated[str | None, Field(description="Of the last decision: why it is so, or waits.")] = None
    waiting_since: Annotated[datetime | None, Field(description="Null unless it is unassigned.")] = None
    revealed: Annotated[bool, Field(description="Whether the contact's id is whole.")] = True


async def described_sessions(
    connection: Connection, ids: Sequence[UUID], *, context: bool = False
) -> list[InboxSession]:
    """Those of the sessions that are there, in no order."""
    rows = await connection.fetch(sql.describe_sessions, ids, context)
    return [InboxSession(**named(row)) for row in rows]


def hidden(row: InboxSession) -> InboxSession:
    """The row, its contact's id masked wherever it stands."""
    ids = [row.contact_id]
    return replace(
        row,
        contact_id=masked(row.contact_id),
        contact_name=without_ids(row.contact_name, ids),
        context=without_ids(row.context, ids, foreign=True),
        revealed=False,
    )
