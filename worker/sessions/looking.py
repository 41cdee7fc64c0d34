"""Reading sessions: lists, and all that is known of one contact. Nothing is locked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.core.explanation import explain
from worker.core.story import (
    Letter,
    Named,
    PastDecision,
    SessionRow,
    Story,
    Unannounced,
    audited_ids,
    passed_over,
)
from worker.sessions import Whose
from worker.sessions.today import who_could

LATEST = 20
"""Most sessions, decisions and dead letters of an explanation, each; the session asked about comes on top."""

_NAMES = {
    "tenantId": "tenant_id",
    "contactId": "contact_id",
    "contactName": "contact_name",
    "assignedAgentId": "assigned_agent_id",
    "assignedAt": "assigned_at",
    "acceptedAt": "accepted_at",
    "assignedTeamId": "assigned_team_id",
    "lastMessageAt": "last_message_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which of a tenant's sessions; None is no restriction, `since` is about when they were opened.

    `name` is part of the contact's, whatever its case, or else their id is one of `or_contact_ids`. `seen_by` is an
    agent on whose screen they are: their own, and of the waiting ones those for anybody or for a team of theirs.
    """

    contact_ids: Sequence[str] | None = None
    status: str | None = None
    agent_id: UUID | None = None
    since: datetime | None = None
    team_id: UUID | None = None
    name: str | None = None
    or_contact_ids: Sequence[str] | None = None
    seen_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list by age: behind this one."""

    created_at: datetime
    session_id: UUID


async def every(
    connection: Connection,
    tenant_ids: Sequence[str],
    which: Filter,
    limit: int,
    behind: Place | None = None,
    *,
    context: bool = True,
) -> list[SessionRow]:
    """The tenants' sessions, the newest first, `limit` at most; without `context`, which may be much, it is None."""
    rows = await connection.fetch(
        sql.list_sessions,
        tenant_ids,
        which.contact_ids,
        which.status,
        which.agent_id,
        which.since,
        limit,
        which.team_id,
        which.name,
        which.seen_by,
        behind and behind.created_at,
        behind and behind.session_id,
        context,
        which.or_contact_ids,
    )
    return [SessionRow(**named(row)) for row in rows]


async def waiting(
    connection: Connection, tenant_ids: Sequence[str], which: Filter, limit: int, behind: Place | None = None
) -> list[UUID]:
    """The tenants' waiting sessions, the oldest first; of the filter neither status nor agent nor `since` count."""
    rows = await connection.fetch(
        sql.list_waiting,
        tenant_ids,
        limit,
        which.contact_ids,
        which.team_id,
        which.name,
        which.seen_by,
        behind and behind.created_at,
        behind and behind.session_id,
        which.or_contact_ids,
    )
    return [row["id"] for row in rows]


def named(row: Record) -> dict[str, Any]:
    """A row of `inbox_sessions` under the names of SessionRow's fields."""
    return {_NAMES.get(name, name): value for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """Whose story to tell: the contact, also as it was `written`; of them the session, and the agent who looks, if any.

    `heartbeat` and `max_age` are the workers': how recently an agent must have been seen, and how long a session
    may have waited unchanged.
    """

    whose: Whose
    written: str
    agent_id: UUID | None
    heartbeat: timedelta | None
    max_age: timedelta
    session_id: UUID | None = None


async def tell(connection: Connection, question: Question) -> Story:
    """All that is known of the contact, as of one instant, and the sentence that explains it."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        story = await _gather(connection, question)
    return replace(story, sentence=explain(story))


async def _gather(connection: Connection, question: Question) -> Story:
    tenant_id, looking = question.whose.tenant_id, question.agent_id
    contact_id = await _known(connection, question.whose)
    asked = question.session_id
    rows = await every(connection, [tenant_id], Filter(contact_ids=[contact_id]), LATEST)
    if asked not in (None, *(row.id for row in rows)):
        older = await connection.fetch(sql.read_session, asked, tenant_id)
        rows += [SessionRow(**named(row)) for row in older]
    decided = await connection.fetch(sql.list_decisions, tenant_id, contact_id, LATEST, asked)
    names = await _names(connection, tenant_id, decided, looking)
    letters = await connection.fetch(
        sql.list_letters_of_contact, tenant_id, contact_id, question.written, LATEST
    )
    outbox = await connection.fetch(sql.list_unannounced_events, tenant_id, contact_id)
    story = Story(
        tenant_id=tenant_id,
        contact_id=contact_id,
        sentence="",
        tenant_known=await connection.fetchval(sql.know_tenant, tenant_id),
        looking=Named(looking, names.get(looking)) if looking else None,
        sessions=rows,
        pool=None,
        decisions=[_decision(row, names) for row in decided],
        dead_letters=[Letter(**row) for row in letters],
        unannounced=[Unannounced(**row) for row in outbox],
    )
    return replace(story, pool=await who_could(connection, story, question.heartbeat, question.max_age))


async def _known(connection: Connection, whose: Whose) -> str:
    """The likeliest contact id of which anything is known; of none, the last: a phone number's digits."""
    rows = await connection.fetch(sql.find_contact, whose.tenant_id, whose.contact_ids)
    known = {row["contact_id"] for row in rows}
    return next((each for each in whose.contact_ids if each in known), whose.contact_ids[-1])


async def _names(
    connection: Connection, tenant_id: str, decided: Iterable[Record], looking: UUID | None
) -> dict[UUID, str]:
    ids = {agent_id for row in decided for agent_id in audited_ids(row["passed_over"])}
    rows = await connection.fetch(sql.name_agents, tenant_id, ids | ({looking} if looking else set()))
    return {row["id"]: row["name"] for row in rows}


def _decision(row: Record, names: dict[UUID, str]) -> PastDecision:
    return PastDecision(**{**row, "passed_over": passed_over(row["passed_over"], names)})
