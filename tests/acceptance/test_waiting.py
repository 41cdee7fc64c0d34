"""Whoever waits is served as soon as there is somebody, by workers that share the work."""

import asyncio
import random
from collections import Counter
from uuid import UUID

import asyncpg
from builders import a_handover, given_agents, given_team, given_turns
from locks import until_blocking
from processes import IN_TIME, Bot, StartWorkers, Subscriber, versions_by_session

from worker.database import connect
from worker.topology import Topology


async def set_status(connection: asyncpg.Connection, agent: UUID, status: str) -> None:
    await connection.execute("update handover.agents set status = $1 where id = $2", status, agent)


async def test_500_waiting_20_agents_come_online_one_by_one_and_two_workers_share(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 20, max_sessions=10, status="offline")
    await start_workers(2, HANDOVER_DRAIN_SECONDS="60")
    await bot.hand_over(*(a_handover(f"2547{n:08}", priority=n % 3) for n in range(500)))
    await subscriber.until(500)

    for agent in agents:
        await set_status(connection, agent, "online")
    await subscriber.until(700)

    counts = await given_turns(connection)
    assert counts == dict.fromkeys(agents, 10)
    served = [event for event in subscriber.by_id.values() if event.what == "assigned"]
    assert Counter(event.priority for event in served) == Counter({2: 166, 1: 34})
    assert all(
        versions in ([1], [1, 2]) for versions in versions_by_session(subscriber.by_id.values()).values()
    )


async def test_a_session_resolved_by_plain_sql_frees_its_place_without_a_sweep(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection, max_sessions=1)
    await start_workers(HANDOVER_DRAIN_SECONDS="60")
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)
    await bot.hand_over(a_handover("2"))
    await subscriber.until(2)

    await connection.execute("""update inbox_sessions set status = 'resolved' where "contactId" = '1'""")
    events = await subscriber.until(3)

    assert (events[2].contact_id, events[2].agent_id, events[2].reason) == ("2", agent, "queue")


async def test_what_no_notification_told_of_is_found_by_the_sweep(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection, status="offline")
    await start_workers(HANDOVER_DRAIN_SECONDS="0.3")
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    await connection.execute("alter table handover.agents disable trigger tell_of_agent")
    await set_status(connection, agent, "online")

    assert (await subscriber.until(2))[1].agent_id == agent


async def test_joining_a_team_or_learning_a_skill_wakes_the_worker(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    team = await given_team(connection)
    [agent] = await given_agents(connection)
    await start_workers(HANDOVER_DRAIN_SECONDS="60")
    await bot.hand_over(a_handover("1", team_id=str(team)), a_handover("2", skills=("french",)))
    await subscriber.until(2)

    await connection.execute(
        "insert into handover.team_members (team_id, agent_id) values ($1, $2)", team, agent
    )
    assert (await subscriber.until(3))[2].contact_id == "1"
    await connection.execute("update handover.agents set skills = '{french}'")
    assert (await subscriber.until(4))[3].contact_id == "2"


async def test_killed_in_the_middle_of_a_drain_nothing_is_lost(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 10, max_sessions=40, status="offline")
    settings = {"HANDOVER_LEASE_SECONDS": "1", "HANDOVER_SWEEP_SECONDS": "0.2"}
    [worker] = await start_workers(**settings)
    await bot.hand_over(*(a_handover(f"2547{n:08}") for n in range(400)))
    await subscriber.until(400)
    for agent in agents:
        await set_status(connection, agent, "online")
        worker.process.kill()
        await worker.ended()
        [worker] = await start_workers(**settings)
    await subscriber.until(800)

    assert await given_turns(connection) == dict.fromkeys(agents, 40)
    assert all(found == [1, 2] for found in versions_by_session(subscriber.by_id.values()).values())


async def test_stopped_in_the_middle_of_a_drain_it_is_finished_and_announced(
    database: str,
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    [agent] = await given_agents(connection, status="offline")
    [worker] = await start_workers()
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    rival = await connect(database, name="rival")
    async with rival.transaction():
        await rival.execute("lock table handover.outbox in share row exclusive mode")
        await set_status(connection, agent, "online")
        await until_blocking(connection, rival)
        worker.process.terminate()
        async with asyncio.timeout(IN_TIME):
            while await bot.consumers(Topology().requests):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # in which it would give up what it has begun
        await until_blocking(connection, rival)
    await rival.close()

    assert await worker.ended() == 0
    assert [event.what for event in subscriber.by_id.values()] == ["waiting", "assigned"]
    assert await connection.fetchval("select count(*) from handover.outbox") == 0


async def test_an_agent_flapping_ten_times_a_second_keeps_the_others_within_one_turn(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    flapper, *steady = await given_agents(connection, 5)
    await start_workers(2)

    async def flap() -> None:
        while True:
            await set_status(connection, flapper, random.choice(["online", "offline"]))
            await asyncio.sleep(0.1)

    flapping = asyncio.create_task(flap())
    for wave in range(10):
        await bot.hand_over(*(a_handover(f"2547{wave:04}{n:04}") for n in range(40)))
        await subscriber.until(40 * (wave + 1))
    flapping.cancel()
    await asyncio.wait([flapping])

    counts = Counter(event.agent_id for event in subscriber.by_id.values())
    shares = [counts[agent] for agent in steady]
    assert max(shares) - min(shares) <= 1


async def test_an_unanswered_session_goes_round_and_an_accepted_one_stays(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 3)
    await start_workers(2, HANDOVER_DRAIN_SECONDS="0.1")
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)
    await connection.execute("update handover.tenants set accept_seconds = 1")

    events = await subscriber.until(4)

    assert [event.reason for event in events] == ["new", "timeout", "timeout", "unanswered"]
    assert sorted(event.agent_id for event in events[:3] if event.agent_id) == sorted(agents)


async def test_an_agent_who_leaves_the_roster_leaves_nobody_behind(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [leaver] = await given_agents(connection)
    await start_workers(2, HANDOVER_DRAIN_SECONDS="0.1")
    await bot.hand_over(a_handover("1"), a_handover("2"))
    await subscriber.until(2)
    await connection.execute("update handover.tenants set grace_seconds = 0")
    [stayer] = await given_agents(connection)

    await connection.execute("delete from handover.agents where id = $1", leaver)
    events = (await subscriber.until(6))[2:]

    assert Counter(
        (event.what, event.reason, event.agent_id, event.previous_agent_id) for event in events
    ) == {
        ("released", "released", None, leaver): 2,
        ("assigned", "released", stayer, leaver): 2,
    }


async def test_who_has_waited_for_too_long_is_left_to_people_and_reported(
    connection: asyncpg.Connection, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await connection.execute(
        """insert into inbox_sessions ("tenantId", "contactId", "updatedAt")
           values ('acme', '1', now() - interval '8 days')"""
    )
    [worker] = await start_workers()

    line = await worker.logged("left_to_people", tenant_id="acme")

    assert line["sessions"] == 1
    assert await connection.fetchval("select status from inbox_sessions") == "unassigned"
