"""A database that has been in use for years: resolved sessions, handled events, and the audit of them."""

from collections.abc import Sequence

import asyncpg

from bench.databases import EMPTY, Databases
from bench.traffic import HOT, tenants

GROWN = "bench_grown"
TABLES = ("inbox_sessions", "handover.handled_events", "handover.assignments")
FILL_SECONDS = 3600

CONSTRAINTS = """
-- Returns the primary keys of the tables $1 and the foreign keys to them, foreign ones first. Locks nothing.
select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
from pg_constraint
where (contype = 'p' and conrelid::regclass = any ($1::text[]::regclass[]))
   or (contype = 'f' and confrelid::regclass = any ($1::text[]::regclass[]))
order by contype
"""
INDEXES = """
-- Returns the indexes of the tables $1 that no constraint owns. Locks nothing.
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index
where indrelid::regclass = any ($1::text[]::regclass[])
  and not exists (select from pg_constraint where conindid = indexrelid)
"""
FILL = """
-- Returns nothing: $1 handovers of the tenant $2 over the last weeks, each of a contact of its own, long resolved.
with old as materialized (
    select gen_random_uuid() as session_id, gen_random_uuid()::text as event_id, gen_random_uuid() as agent_id,
           '25471' || lpad(n::text, 8, '0') as contact_id, n as turn,
           now() - interval '1 hour' - interval '80 days' * (1 - n / $1::float) as at
    from generate_series(1, $1::bigint) as n
), sessions as (
    insert into inbox_sessions (id, "tenantId", "contactId", "contactName", status, "assignedAgentId", "assignedAt",
                                "acceptedAt", context, "createdAt", "updatedAt")
    select session_id, $2::text, contact_id, 'Wanjiku', 'resolved', agent_id, at, at,
           '{"intent": "refund", "order": "A-000001"}', at, at
    from old
), events as (
    insert into handover.handled_events (tenant_id, event_id, contact_id, handled_at)
    select $2::text, event_id, contact_id, at from old
)
insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason, agent_id,
                                  pool_id, turn, considered, passed_over, skills, asked_at, decided_at)
select session_id, 1, $2::text, contact_id, event_id, 'assigned', 'new', agent_id,
       '00000000-0000-0000-0000-000000000000', turn, 1000, '{}', '{}', at, at
from old
"""


async def fill(databases: Databases, count: int) -> None:
    """Make the template GROWN: so many old handovers of the hot tenant, all indexes built, statistics taken."""
    connection = await asyncpg.connect(await databases.copy(EMPTY, GROWN), command_timeout=FILL_SECONDS)
    try:
        await connection.execute("set maintenance_work_mem = '512MB'")
        constraints = await connection.fetch(CONSTRAINTS, TABLES)
        indexes = await connection.fetch(INDEXES, TABLES)
        await _drop(connection, constraints, indexes)
        await connection.execute(FILL, count, tenants(HOT)[0])
        for each in reversed(constraints):
            await connection.execute(
                f'alter table {each["table"]} add constraint "{each["name"]}" {each["definition"]}'
            )
        for each in indexes:
            await connection.execute(each["definition"])
        for table in TABLES:
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()


async def _drop(
    connection: asyncpg.Connection, constraints: Sequence[asyncpg.Record], indexes: Sequence[asyncpg.Record]
) -> None:
    for each in constraints:
        await connection.execute(f'alter table {each["table"]} drop constraint "{each["name"]}"')
    for each in indexes:
        await connection.execute(f"drop index {each['name']}")
