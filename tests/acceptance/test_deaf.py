"""A broker that is not heard any more, and is heard again."""

import asyncio

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from chaos.proxy import in_front_of
from processes import StartWorkers, Subscriber

from worker.app import missed
from worker.topology import Topology


async def test_an_event_whose_confirm_was_never_heard_is_published_on_the_next_connection(
    connection: asyncpg.Connection, start_workers: StartWorkers, subscriber: Subscriber, amqp_url: str
) -> None:
    await given_agents(connection)
    async with in_front_of(f"{amqp_url}?heartbeat=1") as (url, proxy):
        [worker] = await start_workers(AMQP_URL=url, HANDOVER_SWEEP_SECONDS="0.1")
        proxy.up.deaf = proxy.down.deaf = True
        await handed_over(connection, a_handover())
        await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")
        await worker.logged("swept")
        await worker.logged("consumer_lost", queue=Topology().requests)
        proxy.heal()

        await subscriber.until(1)


async def test_work_that_a_client_cancels_is_missed_and_work_that_we_cancel_is_not() -> None:
    answer = asyncio.get_running_loop().create_future()
    forever = asyncio.Event()

    async def await_answer() -> None:
        await answer

    async def go_on() -> None:
        await forever.wait()

    async def together() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(missed(await_answer()))
            others.append(tasks.create_task(missed(go_on())))
            answer.set_exception(asyncio.CancelledError())

    others: list[asyncio.Task[None]] = []
    with pytest.raises(ExceptionGroup) as raised:
        await together()

    assert [type(error) for error in raised.value.exceptions] == [ConnectionAbortedError]
    assert others[0].cancelled()
