"""A dependency that is away is nobody's poison: hold, wait, go on."""

import asyncio

import asyncpg
from aio_pika.abc import AbstractIncomingMessage
from builders import a_handover, given_agents
from processes import IN_TIME, Bot, StartWorkers, Subscriber, subscribed
from refusals import refusing

from worker.servers import Servers
from worker.topology import Topology, declare


async def test_with_the_database_away_nothing_is_lost_and_no_attempt_is_spent(
    servers: Servers, database: str, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    setup = await asyncpg.connect(database)
    await given_agents(setup)
    await setup.close()
    [worker] = await start_workers()
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)

    async with refusing(servers, database):
        await bot.hand_over(*(a_handover(f"2{n}") for n in range(50)))
        await worker.logged("database_away")
    await subscriber.until(51)

    await worker.logged("database_back")
    check = await asyncpg.connect(database)
    assert await check.fetchval("select count(*) from handover.dead_letters") == 0
    assert await check.fetchval("select count(*) from inbox_sessions where status = 'assigned'") == 51
    await check.close()


async def test_a_right_that_was_revoked_makes_no_dead_letters(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    [worker] = await start_workers()
    await connection.execute("alter table handover.turns rename to turns_elsewhere")
    await bot.hand_over(a_handover())
    await worker.logged("database_away")
    await connection.execute("alter table handover.turns_elsewhere rename to turns")

    await subscriber.until(1)

    assert await connection.fetchval("select count(*) from handover.dead_letters") == 0


async def test_a_queue_that_is_deleted_is_made_again_and_consumed(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    [worker] = await start_workers()
    await bot.channel.queue_delete(Topology().requests)
    await worker.logged("consumer_lost", queue=Topology().requests)
    worker.lines.clear()
    await worker.ready()

    await bot.hand_over(a_handover())

    await subscriber.until(1)


async def test_consumers_that_are_forgotten_when_their_queue_is_made_anew_begin_again(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    await start_workers()
    await bot.channel.queue_delete(Topology().requests)
    await declare(bot.channel, Topology())

    await bot.hand_over(a_handover())

    await subscriber.until(1)


async def test_a_consumer_that_is_forgotten_begins_again_though_the_queue_has_another(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    await start_workers()
    await bot.channel.queue_delete(Topology().requests)
    await declare(bot.channel, Topology())
    await bot.channel.set_qos(prefetch_count=1)
    taken = asyncio.Event()

    async def take_and_keep(_: AbstractIncomingMessage) -> None:
        taken.set()

    queue = await bot.channel.get_queue(Topology().requests)
    await queue.consume(take_and_keep)

    await bot.hand_over(*(a_handover(f"{n}") for n in range(4)))
    async with asyncio.timeout(IN_TIME):
        await taken.wait()

    await subscriber.until(3)


async def test_an_exchange_that_is_deleted_is_made_again_and_the_event_is_not_lost(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    amqp_url: str,
) -> None:
    await given_agents(connection)
    await start_workers()
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)
    await bot.channel.exchange_delete(Topology().sessions)
    async with subscribed(amqp_url) as again:
        await bot.hand_over(a_handover("2"))
        await again.until(1)


async def test_the_same_event_delivered_many_times_at_once_on_two_workers_has_one_effect(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 3)
    await start_workers(2, HANDOVER_PREFETCH="1")
    handovers = [a_handover(f"2547{n:08}") for n in range(40)]
    await asyncio.gather(*(bot.hand_over(handover) for handover in handovers for _ in range(4)))
    last = a_handover("999")
    await bot.hand_over(last)
    async with asyncio.timeout(15):
        while await bot.waiting_messages(Topology().requests) or "999" not in {
            e.contact_id for e in subscriber.events
        }:
            await asyncio.sleep(0.05)

    assert len(subscriber.events) == 41
    assert {event.session_version for event in subscriber.events} == {1}
    assert await connection.fetchval("select max(version) from handover.assignments") == 1


async def test_a_burst_of_handovers_of_one_kept_session_leaves_it_with_its_agent(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 5)
    await start_workers(2, HANDOVER_REASSIGN="keep", HANDOVER_PREFETCH="3")
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    await bot.hand_over(*(a_handover() for _ in range(10)))
    events = await subscriber.until(11)

    assert len({event.agent_id for event in events}) == 1
