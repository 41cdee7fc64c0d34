"""How many sessions are in each tab, of each tenant there is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from asyncpg import Connection

from worker import sql
from worker.sessions.looking import Filter

COUNTED = 10_000
"""How far a tab's sessions are counted: one more than this is 'more'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions there are in each tab, counted up to 10,001, which is 'more than 10,000'."""

    unassigned: int
    assigned: int
    resolved: int


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
        which.or_contact_ids,
    )
    return {
        row["tenant_id"]: Counts(**{field.name: row[field.name] for field in fields(Counts)}) for row in rows
    }
