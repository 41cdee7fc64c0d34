"""`/api/tenants` and `/api/sessions`: the tabs as agents know them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from asyncpg import Connection
from pydantic import Field

from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.refusal import Refusal
from worker.console.revealing import Reveal, reveals
from worker.console.rows import InboxSession, described_sessions, hidden
from worker.console.tabs import Counts, counted, known_tenants
from worker.core.contact import spellings
from worker.roster import Tenant, tenants
from worker.sessions import NoSuchSession
from worker.sessions.looking import Filter, Place, every, waiting

Status = Literal["unassigned", "assigned", "resolved"]

WITH_CONTEXT = 50
"""Sessions of a page that have their context, each of up to 64 KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCounts(Tenant):
    """A tenant as `handover tenants list --json` has it, and its tabs."""

    unassigned: int
    assigned: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A page of a tab; `next` is the `before` of the page behind it, if there is one."""

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
    find: Annotated[
        str | None, Field(max_length=200, description="Part of the contact's name, or their id.")
    ] = None
    order: Annotated[
        Literal["newest", "oldest"], Field(description="`oldest` goes with the status unassigned.")
    ] = "newest"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    before: Annotated[str | None, Field(description="The `next` of the page before.")] = None
    reveal: Annotated[bool, Field(description="Contact ids whole.")] = False
    context: Annotated[
        bool, Field(description=f"What bots knew too, of which a page has {WITH_CONTEXT} sessions at most.")
    ] = False

    @property
    def size(self) -> int:
        """Most sessions of the page."""
        return min(self.limit, WITH_CONTEXT) if self.context else self.limit


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
    which = _which(query)
    if not console.gate.may_reveal(visitor) and any(map(str.isdigit, which.name or "")):
        raise Refusal(401, "log in with the console's token to look for digits, which names may hide")
    async with console.desk.reading() as connection:
        tenant_ids = [query.tenant] if query.tenant else await known_tenants(connection)
        ids = await _ids(connection, tenant_ids, which, query)
        counts = await counted(connection, tenant_ids, which)
        shown = ids[: query.size]
        rows = await described_sessions(connection, shown, context=query.context)
        described = {row.id: row for row in rows}
    found = [described[session_id] for session_id in shown]
    return Inbox(
        sessions=found if reveals(console, visitor, reveal=query.reveal) else [hidden(row) for row in found],
        counts=Counts(
            **{
                field.name: sum(getattr(each, field.name) for each in counts.values())
                for field in fields(Counts)
            }
        ),
        next=f"{found[-1].created_at.isoformat()}~{found[-1].id}" if len(ids) > query.size else None,
    )


async def one_session(console: Console, *, visitor: Visitor, item: UUID, query: Reveal) -> InboxSession:
    """One session. Raises NoSuchSession."""
    async with console.desk.reading() as connection:
        for row in await described_sessions(connection, [item], context=True):
            return row if reveals(console, visitor, reveal=query.reveal) else hidden(row)
    raise NoSuchSession(f"there is no session {item} any more")


def _which(query: WhichSessions) -> Filter:
    if query.name and query.find:
        raise Refusal(422, "name, find: give one of them")
    return Filter(
        contact_ids=spellings(query.contact) if query.contact else None,
        status=query.status,
        team_id=query.team,
        name=query.find or query.name,
        or_contact_ids=spellings(query.find) if query.find else None,
        seen_by=query.agent,
    )


async def _ids(
    connection: Connection, tenant_ids: Sequence[str], which: Filter, query: WhichSessions
) -> list[UUID]:
    """Of the sessions of the page, and of one more. Raises Refusal."""
    behind = _place(query.before) if query.before else None
    if query.order == "newest":
        rows = await every(connection, tenant_ids, which, query.size + 1, behind, context=False)
        return [row.id for row in rows]
    if query.status != "unassigned":
        raise Refusal(422, "order: the oldest first are only those that wait: give status=unassigned too")
    return await waiting(connection, tenant_ids, which, query.size + 1, behind)


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
