"""A broker that is not heard any more, and is heard again."""

from random import Random
from urllib.parse import urlsplit

import asyncpg
from builders import a_handover, given_agents, handed_over
from chaos.proxy import proxied
from processes import StartWorkers, Subscriber

from worker.topology import Topology


async def test_an_event_whose_confirm_was_never_heard_is_published_on_the_next_connection(
    connection: asyncpg.Connection, start_workers: StartWorkers, subscriber: Subscriber, amqp_url: str
) -> None:
    parts = urlsplit(amqp_url)
    assert parts.hostname
    assert parts.port
    await given_agents(connection)
    async with proxied((parts.hostname, parts.port), Random(0)) as proxy:
        login = parts.netloc.rpartition("@")[0]
        through = parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}", query="heartbeat=1").geturl()
        [worker] = await start_workers(AMQP_URL=through, HANDOVER_SWEEP_SECONDS="0.1")
        proxy.up.deaf = proxy.down.deaf = True
        await handed_over(connection, a_handover())
        await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")
        await worker.logged("swept")
        await worker.logged("consumer_lost", queue=Topology().requests)
        proxy.heal()

        await subscriber.until(1)
