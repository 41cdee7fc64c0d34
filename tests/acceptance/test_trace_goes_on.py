"""The bot's trace goes on at the subscriber's."""

import asyncio
from datetime import timedelta

import aio_pika
import asyncpg
from aio_pika.abc import AbstractIncomingMessage
from builders import a_handover, given_agents, handed_over
from processes import IN_TIME, Bot, StartWorkers

from worker.sweeper import take_due
from worker.topology import Topology

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BODY = b'{"tenantId": "acme", "contactId": "254745050238"}'


async def test_the_header_of_a_handover_is_that_of_its_event(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, amqp_url: str
) -> None:
    await given_agents(connection)
    await start_workers()
    async with await aio_pika.connect(amqp_url) as subscribing:
        channel = await subscribing.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(Topology().sessions, "#")
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await queue.consume(arrived.put, no_ack=True)

        await bot.publish(BODY, message_id="1", headers={"traceparent": TRACE})
        first = await asyncio.wait_for(arrived.get(), IN_TIME)
        await bot.publish(BODY, message_id="2", headers={"traceparent": "nonsense"})
        second = await asyncio.wait_for(arrived.get(), IN_TIME)

    assert first.headers == {"traceparent": TRACE}
    assert second.headers == {}


async def test_it_outlives_the_worker_that_decided(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1", traceparent=TRACE), a_handover("2"))
    await connection.execute(
        "update handover.outbox set leased_until = now() - $1::interval", timedelta(hours=1)
    )

    taken = await take_due(connection, lease_seconds=10, held=[])

    assert {event.traceparent for event in taken} == {TRACE, None}
