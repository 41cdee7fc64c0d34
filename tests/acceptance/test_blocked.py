"""What another program holds is put off, once, and done when it lets go."""

import asyncio

import asyncpg
import pytest
from builders import a_handover, given_agents
from processes import Bot, StartWorkers, Subscriber

from worker.settling import LATER_SECONDS
from worker.topology import Topology


async def test_a_handover_that_was_put_off_is_settled_once(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    [worker] = await start_workers()
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    blocked = a_handover()
    async with connection.transaction():
        await connection.execute("""update inbox_sessions set "updatedAt" = now()""")
        await bot.hand_over(blocked)
        await worker.logged("put_off", event_id=blocked.event_id)
    await worker.logged("handed_over", event_id=blocked.event_id)
    with pytest.raises(
        TimeoutError
    ):  # what was put off twice would be taken again by now, and end the worker
        async with asyncio.timeout(2 * LATER_SECONDS):
            await worker.process.wait()

    assert await worker.stop() == 0
    assert not [line for line in worker.lines if line["event"] == "redelivered"]
    assert await bot.waiting_messages(Topology().requests) == 0


@pytest.mark.parametrize(
    "lock",
    [
        "select from handover.tenants where tenant_id = 'acme' for update",
        """update inbox_sessions set "updatedAt" = now() where "tenantId" = 'acme'""",
    ],
    ids=["tenant", "sessions"],
)
async def test_what_is_locked_holds_up_nobody_else(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    *,
    lock: str,
) -> None:
    contacts = [str(number) for number in range(100)]
    await given_agents(connection)
    [worker] = await start_workers()
    await bot.hand_over(*map(a_handover, contacts))
    await subscriber.until(100)
    async with connection.transaction():
        await connection.execute(lock)
        await bot.hand_over(*map(a_handover, contacts), a_handover(tenant_id="other"))
        await subscriber.until(101)
        for already in range(101, 106):
            await bot.hand_over(a_handover("1"), a_handover(tenant_id="other"))
            await subscriber.until(already + 1)

        assert {event.tenant_id for event in subscriber.events[100:]} == {"other"}
    await subscriber.until(211)

    assert await worker.stop() == 0
    assert [line for line in worker.lines if line["event"] == "batch_halved"] == []
