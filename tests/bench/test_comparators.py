"""The comparators decide as the worker does: else a comparison of their speed means nothing."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from conftest import CreateDatabase

from bench import sql
from bench.contestants import one_function, transaction
from bench.traffic import REPEAT, handovers
from schemas import Handover, SessionEvent, decode_session_event
from worker.database import connect
from worker.desks import Routing
from worker.handover import hand_over

AGENTS = """
insert into handover.agents (id, tenant_id, name, status, max_sessions)
select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'acme', 'agent ' || n, 'online',
       case when n = 3 then 1 end
from generate_series(1, 5) as n
"""
SESSIONS = """
select "contactId", "contactName", status::text, "assignedAgentId", channel, priority, context::text
from inbox_sessions order by "contactId"
"""

HandOver = Callable[[asyncpg.Connection, Handover], Awaitable[list[bytes]]]


async def worker(connection: asyncpg.Connection, handover: Handover) -> list[bytes]:
    outcome = await hand_over(connection, [handover], Routing())
    return [each.body for each in outcome.announcements]


async def in_transaction(connection: asyncpg.Connection, handover: Handover) -> list[bytes]:
    return [each.body for each in await transaction.hand_over(connection, handover)]


async def by_function(connection: asyncpg.Connection, handover: Handover) -> list[bytes]:
    return [each.body for each in await one_function.hand_over(connection, handover)]


def told(event: SessionEvent) -> tuple[object, ...]:
    """What a subscriber acts on, but the session's random id and the time."""
    return (
        event.what,
        event.session_version,
        event.contact_id,
        event.contact_name,
        event.agent_id,
        event.agent_name,
        event.previous_agent_id,
        event.reason,
        event.created,
        event.status,
        event.context,
        event.handover_id,
        event.routing_key,
    )


async def outcome(url: str, hand: HandOver) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What is told of sixty handovers, most from contacts who asked before, and the sessions they lead to."""
    connection = await connect(url)
    try:
        await connection.execute(AGENTS)
        await connection.execute(sql.hand_over)
        asked = [each.model_copy(update={"tenant_id": "acme"}) for each in handovers(REPEAT, 60)]
        bodies = [body for handover in asked for body in await hand(connection, handover)]
        sessions = [tuple(row) for row in await connection.fetch(SESSIONS)]
    finally:
        await connection.close()
    return [told(decode_session_event(body)) for body in bodies], sessions


@pytest.mark.parametrize("comparator", [in_transaction, by_function])
async def test_a_comparator_decides_as_the_worker_does(
    create_database: CreateDatabase, migrated: str, comparator: HandOver
) -> None:
    ours = create_database(f"ours_{comparator.__name__}", template=migrated)
    theirs = create_database(f"theirs_{comparator.__name__}", template=migrated)

    assert await outcome(theirs, comparator) == await outcome(ours, worker)


@pytest.mark.parametrize("comparator", [in_transaction, by_function])
async def test_a_comparator_announces_a_redelivery_only_until_it_was_confirmed(
    create_database: CreateDatabase, migrated: str, comparator: HandOver
) -> None:
    connection = await connect(create_database(f"again_{comparator.__name__}", template=migrated))
    await connection.execute(AGENTS)
    await connection.execute(sql.hand_over)
    [handover] = (each.model_copy(update={"tenant_id": "acme"}) for each in handovers(REPEAT, 1))
    first = await comparator(connection, handover)
    unconfirmed = await comparator(connection, handover)
    await connection.execute("delete from handover.outbox")
    confirmed = await comparator(connection, handover)
    await connection.close()

    assert (len(first), unconfirmed, confirmed) == (1, first, [])
