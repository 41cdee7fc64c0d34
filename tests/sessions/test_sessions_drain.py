"""`handover sessions drain`: a pass by hand."""

import asyncpg
from builders import a_handover, given_agents, handed_over
from commands import handover, rows


async def test_drain_serves_by_hand_who_waits(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await handed_over(connection, a_handover("1"), a_handover("2"), a_handover("3", tenant_id="globex"))
    await given_agents(connection, max_sessions=1)

    drained = handover(environment, "sessions", "drain", "--json")

    assert rows(drained) == [{"tenant_id": "acme", "assigned": 1}]
    due = await connection.fetchval("select count(*) from handover.outbox where leased_until <= now()")
    assert due == 1
