"""A database with an inbox somebody else made, and what is in it."""

from pathlib import Path
from uuid import UUID

import asyncpg

TYPEORM = Path(__file__).with_suffix(".sql").read_text()

AMINA = UUID(int=1)
CONTACT = "254745050238"


async def made(url: str, *statements: str) -> asyncpg.Connection:
    """A connection to the database, with TypeORM's tables, one agent among them."""
    connection: asyncpg.Connection = await asyncpg.connect(url)
    await connection.execute(TYPEORM)
    await connection.execute("insert into users (id, \"tenantId\", name) values ($1, 'acme', 'Amina')", AMINA)
    await connection.execute("insert into agent_profiles (\"userId\", status) values ($1, 'online')", AMINA)
    for statement in statements:
        await connection.execute(statement)
    return connection


async def given_open(
    connection: asyncpg.Connection, status: str, *, contact: str = CONTACT, hours_ago: int = 1
) -> UUID:
    """An open session, with one message that is as old."""
    session: UUID = await connection.fetchval(
        'insert into inbox_sessions ("tenantId", "contactId", status, "assignedAgentId", "createdAt",'
        " \"lastInboundMessageAt\") values ('acme', $1, $2, $3, now() - make_interval(hours => $4),"
        " now() - make_interval(hours => $4)) returning id",
        contact,
        status,
        AMINA if status == "assigned" else None,
        hours_ago,
    )
    await connection.execute("insert into messages (\"sessionId\", content) values ($1, 'hello')", session)
    return session


async def given_many(connection: asyncpg.Connection, sessions: int, doubled: int) -> None:
    """So many sessions of as many contacts, a tenth of them open, and second open ones of the first `doubled`."""
    await connection.execute(
        'insert into inbox_sessions ("tenantId", "contactId", status, "createdAt")'
        " select 'acme', n::text,"
        " case when n % 10 = 0 or n <= $2::int then 'unassigned' else 'resolved' end::session_state,"
        " now() - make_interval(secs => n) from generate_series(1, $1::int - $2::int) n",
        sessions,
        doubled,
    )
    await connection.execute(
        'insert into inbox_sessions ("tenantId", "contactId", status)'
        " select 'acme', n::text, 'unassigned' from generate_series(1, $1::int) n",
        doubled,
    )
    await connection.execute('insert into messages ("sessionId") select id from inbox_sessions')


async def open_sessions(connection: asyncpg.Connection, contact: str = CONTACT) -> list[UUID]:
    rows = await connection.fetch(
        "select id from inbox_sessions where \"contactId\" = $1 and status in ('assigned', 'unassigned')",
        contact,
    )
    return [row["id"] for row in rows]
