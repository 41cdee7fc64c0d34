"""What is done for one tenant after the other is not held up by one of them."""

from datetime import timedelta

import asyncpg
from builders import a_handover, given_agents, handed_over
from structlog.testing import capture_logs

from worker.attention import Attention
from worker.database import CARING, Database
from worker.desks import Routing


async def test_a_tenant_that_is_locked_is_tried_once_in_a_sweep(
    connection: asyncpg.Connection, rival: asyncpg.Connection, database: str
) -> None:
    await given_agents(connection, 3)
    await given_agents(connection, tenant="other")
    for tenant in ("acme", "other"):
        await handed_over(connection, *(a_handover(str(number), tenant_id=tenant) for number in range(3)))
    await connection.execute("update handover.agents set active = false")
    await connection.execute("update handover.departures set left_at = left_at - interval '1 h'")
    own = Database(database, "test", CARING)
    attention = Attention(own, lambda _: None, routing=Routing(), max_age=timedelta(days=7), every_seconds=60)

    async with rival.transaction():
        await rival.execute("select from handover.tenants where tenant_id = 'acme' for update")
        with capture_logs() as logs:
            await attention.sweep()
    own.discard()

    told = [(line["event"], line["tenant_id"]) for line in logs]
    assert sorted(told) == [("attention_failed", "acme"), ("released", "other")]
