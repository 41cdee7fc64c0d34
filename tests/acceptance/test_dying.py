"""Nothing is lost when a worker dies, and nothing is left hanging when it is told to stop."""

import asyncio
import signal

import asyncpg
from builders import a_handover, given_agents, handed_over, sessions
from processes import IN_TIME, Bot, StartWorkers, Subscriber, versions_by_session

from worker.topology import Topology


async def test_killed_under_load_and_started_again_every_handover_has_its_session_and_event(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 10)
    settings = {"HANDOVER_BATCH": "10", "HANDOVER_LEASE_SECONDS": "1", "HANDOVER_SWEEP_SECONDS": "0.2"}
    handovers = [a_handover(f"2547{n % 700:08}") for n in range(1500)]
    publishing = asyncio.create_task(bot.hand_over(*handovers))
    for already in (100, 300, 600, 900):
        [worker] = await start_workers(**settings)
        await subscriber.until(already)
        worker.process.kill()
        await worker.ended()
    await start_workers(**settings)
    await publishing
    await subscriber.until(1500)

    by_id = subscriber.by_id.values()
    assert {handover.event_id for handover in handovers} == {event.handover_id for event in by_id}
    assert len(by_id) == 1500
    assert all(list(range(1, len(v) + 1)) == v for v in versions_by_session(by_id).values())
    rows = await connection.fetch("select status, count(*) from inbox_sessions group by status")
    assert [tuple(row) for row in rows] == [("assigned", 700)]
    assert await connection.fetchval("select count(*) from handover.dead_letters") == 0


async def test_what_a_crash_left_in_the_outbox_is_swept(
    connection: asyncpg.Connection, start_workers: StartWorkers, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    outcome = await handed_over(connection, a_handover())
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")

    await start_workers()
    [event] = await subscriber.until(1)

    assert outcome.announcements[0].id == event.event_id
    async with asyncio.timeout(IN_TIME):
        while await connection.fetchval("select count(*) from handover.outbox"):
            await asyncio.sleep(0.02)


async def test_an_event_leased_to_somebody_is_left_to_them(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1"))
    await start_workers(HANDOVER_SWEEP_SECONDS="0.05")
    for n in range(5):
        await bot.hand_over(a_handover("2"))
        await subscriber.until(n + 1)

    assert {"2"} == {event.contact_id for event in subscriber.events}
    kept = "select count(*) from handover.outbox where leased_until > now()"
    async with asyncio.timeout(
        IN_TIME
    ):  # a subscriber may see an event before its publisher's confirm is dealt with
        while await connection.fetchval(kept) != 1:
            await asyncio.sleep(0.02)


async def test_sigterm_finishes_what_was_started_and_gives_back_the_rest(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 3)
    [worker] = await start_workers(HANDOVER_BATCH="10", HANDOVER_PREFETCH="500")
    publishing = asyncio.create_task(bot.hand_over(*(a_handover(f"2547{n:08}") for n in range(2000))))
    await subscriber.until(50)

    assert await worker.stop(signal.SIGTERM) == 0

    await publishing
    assert worker.lines[-1]["event"] == "stopped"
    handled = await connection.fetchval("select count(*) from handover.handled_events")
    assert handled == len(await subscriber.until(handled))
    assert await connection.fetchval("select count(*) from handover.outbox") == 0
    assert 2000 - handled == await bot.waiting_messages(Topology().requests)


async def test_sigint_ends_an_idle_worker_with_exit_code_0(start_workers: StartWorkers) -> None:
    [worker] = await start_workers()

    assert await worker.stop(signal.SIGINT) == 0


async def test_the_shutdown_deadline_holds_when_the_database_is_stuck(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot
) -> None:
    await given_agents(connection)
    [worker] = await start_workers(HANDOVER_SHUTDOWN_SECONDS="1")
    async with connection.transaction():
        await connection.execute("insert into handover.tenants (tenant_id) values ('acme')")
        await bot.hand_over(a_handover())
        async with asyncio.timeout(IN_TIME):
            while not await connection.fetchval("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.02)
        async with asyncio.timeout(4):  # of the five after which the database itself gives up on the lock
            assert await worker.stop() == 0
    assert await sessions(connection) == []
    assert await bot.waiting_messages(Topology().requests) == 1


async def test_a_row_locked_by_another_program_holds_up_nobody_else(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 2)
    await start_workers()
    await bot.hand_over(a_handover("254700000001"))
    await subscriber.until(1)
    async with connection.transaction():
        await connection.execute("""update inbox_sessions set "updatedAt" = now()""")
        await bot.hand_over(*(a_handover(f"25470000000{n}") for n in (1, 2, 3, 4)))
        await subscriber.until(4)
    await subscriber.until(5)

    assert await connection.fetchval("select count(*) from handover.dead_letters") == 0
