"""`/api/tenants` and `/api/sessions`: the tabs as agents know them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from asyncpg import Connection
from pydantic import Field

from worker import sql
from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.masking import masked, without_ids
from worker.console.refusal import Refusal
from worker.core.contact import spellings
from worker.core.story import SessionRow
from worker.roster import Tenant, tenants
from worker.sessions import NoSuchSession
from worker.sessions.looking import Filter, Place, every, named

COUNTED = 10_000
"""How far a tab's sessions are counted: one more than this is 'more'."""

Status = Literal["unassigned", "assigned", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSession(SessionRow):
    """A session as `handover sessions list --json` has it, and what else a screen shows of it."""

    agent_name: str | None = None
    team_name: str | None = None
    session_version: Annotated[
        int, Field(description="Drop what is said of an older one; 0: nothing was ever decided about it.")
    ] = 0
    reason: Annotated[str | None, Field(description="Of the last decision: why it is so, or waits.")] = None
    waiting_since: Annotated[datetime | None, Field(description="Null unless it is unassigned.")] = None
    revealed: Annotated[bool, Field(description="Whether the contact's id is whole.")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions there are in each tab, counted up to 10,001, which is 'more than 10,000'."""

    unassigned: int
    assigned: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCounts(Tenant):
    """A tenant as `handover tenants list --json` has it, and its tabs."""

    unassigned: int
    assigned: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A page of a tab, the newest sessions first; `next` is the `before` of the page behind it, if there is one."""

    sessions: Sequence[InboxSession]
    counts: Counts
    next: str | None


class WhichSessions(Asked):
    """No tenant is all of them."""

    tenant: str | None = None
    status: Status | None = None
    team: UUID | None = None
    agent: Annotated[
        UUID | None,
        Field(
            description="The tab as this agent sees it: their own, and what waits for anybody or their teams."
        ),
    ] = None
    contact: Annotated[str | None, Field(max_length=200, description="As people write it.")] = None
    name: Annotated[str | None, Field(max_length=100, description="Part of the contact's name.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    before: Annotated[str | None, Field(description="The `next` of the page before.")] = None
    reveal: Annotated[bool, Field(description="Contact ids whole.")] = False


class Reveal(Asked):
    """Whether contact ids are to be whole."""

    reveal: bool = False


async def list_tenants(console: Console, *, visitor: Visitor) -> list[TenantCounts]:
    """All tenants, by id."""
    del visitor
    async with console.desk.reading() as connection:
        policies = {tenant.tenant_id: tenant for tenant in await tenants.every(connection)}
        counts = await counted(connection, await known_tenants(connection), Filter())
    none = Tenant("", None, None, None, None)
    return [
        TenantCounts(
            **{field.name: getattr(policies.get(tenant, none), field.name) for field in fields(Tenant)}
            | {"tenant_id": tenant},
            **{field.name: getattr(found, field.name) for field in fields(Counts)},
        )
        for tenant, found in counts.items()
    ]


async def list_sessions(console: Console, *, visitor: Visitor, query: WhichSessions) -> Inbox:
    """A page of a tab, and what is in the others."""
    which = Filter(
        contact_ids=spellings(query.contact) if query.contact else None,
        status=query.status,
        team_id=query.team,
        name=query.name,
        seen_by=query.agent,
    )
    behind = _place(query.before) if query.before else None
    async with console.desk.reading() as connection:
        tenant_ids = [query.tenant] if query.tenant else await known_tenants(connection)
        rows = await every(connection, tenant_ids, which, query.limit + 1, behind)
        counts = await counted(connection, tenant_ids, which)
        shown = [row.id for row in rows[: query.limit]]
        described = {row.id: row for row in await described_sessions(connection, shown)}
    found = [described[session_id] for session_id in shown]
    return Inbox(
        sessions=found if reveals(console, visitor, reveal=query.reveal) else [hidden(row) for row in found],
        counts=Counts(
            **{
                field.name: sum(getattr(each, field.name) for each in counts.values())
                for field in fields(Counts)
            }
        ),
        next=f"{found[-1].created_at.isoformat()}~{found[-1].id}" if len(rows) > query.limit else None,
    )


async def one_session(console: Console, *, visitor: Visitor, item: UUID, query: Reveal) -> InboxSession:
    """One session. Raises NoSuchSession."""
    async with console.desk.reading() as connection:
        for row in await described_sessions(connection, [item]):
            return row if reveals(console, visitor, reveal=query.reveal) else hidden(row)
    raise NoSuchSession(f"there is no session {item} any more")


async def known_tenants(connection: Connection) -> list[str]:
    """Every tenant there is anything of."""
    return [row["tenant_id"] for row in await connection.fetch(sql.find_tenants)]


async def counted(connection: Connection, tenant_ids: Sequence[str], which: Filter) -> dict[str, Counts]:
    """What is in the tabs of each tenant; of the filter all counts but the status."""
    rows = await connection.fetch(
        sql.count_sessions,
        tenant_ids,
        COUNTED + 1,
        which.contact_ids,
        which.team_id,
        which.name,
        which.seen_by,
    )
    return {
        row["tenant_id"]: Counts(**{field.name: row[field.name] for field in fields(Counts)}) for row in rows
    }


async def described_sessions(connection: Connection, ids: Sequence[UUID]) -> list[InboxSession]:
    """Those of the sessions that are there, in no order."""
    return [InboxSession(**named(row)) for row in await connection.fetch(sql.describe_sessions, ids)]


def hidden(row: InboxSession) -> InboxSession:
    """The row, its contact's id masked wherever it stands."""
    ids = [row.contact_id]
    return replace(
        row,
        contact_id=masked(row.contact_id),
        contact_name=without_ids(row.contact_name, ids),
        context=without_ids(row.context, ids),
        revealed=False,
    )


def reveals(console: Console, visitor: Visitor, *, reveal: bool) -> bool:
    """Raises Refusal for who may not."""
    if reveal and not console.gate.may_reveal(visitor):
        raise Refusal(401, "log in with the console's token to see contact ids")
    return reveal


def _place(written: str) -> Place:
    time, _, session_id = written.partition("~")
    try:
        return Place(datetime.fromisoformat(time), UUID(session_id))
    except ValueError:
        raise Refusal(422, "before: give the `next` of the page before, as it is") from None


ENDPOINTS = [
    Endpoint(
        "GET",
        "/api/tenants",
        "All tenants, and how many sessions they have.",
        list_tenants,
        list[TenantCounts],
        shared=True,
    ),
    Endpoint(
        "GET",
        "/api/sessions",
        "A page of a tab of the inbox.",
        list_sessions,
        Inbox,
        query=WhichSessions,
        shared=True,
    ),
    Endpoint("GET", "/api/sessions/{id}", "One session.", one_session, InboxSession, query=Reveal),
]
