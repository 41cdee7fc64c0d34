"""Several worker processes on one queue: the promises hold because of locks, not because of luck."""

import asyncio
import random
from collections import Counter
from itertools import pairwise
from uuid import UUID

import asyncpg
from builders import a_handover, given_agents, given_team
from processes import Bot, StartWorkers, Subscriber, versions_by_session


async def test_200_handovers_of_20_contacts_on_4_workers(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 5)
    await start_workers(4, HANDOVER_BATCH="7", HANDOVER_PREFETCH="10")

    await bot.hand_over(*(a_handover(f"2547000000{n % 20:02}") for n in range(200)))
    events = await subscriber.until(200)

    assert len(events) == 200
    active = await connection.fetch("select status, count(*) from inbox_sessions group by status")
    assert [tuple(row) for row in active] == [("assigned", 20)]
    versions = versions_by_session(events)
    assert len(versions) == 20
    assert all(list(range(1, len(found) + 1)) == found for found in versions.values())


async def test_1000_new_contacts_10_agents_3_workers_everyone_has_100(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 10)
    await start_workers(3, HANDOVER_BATCH="20", HANDOVER_PREFETCH="40")

    await bot.hand_over(*(a_handover(f"2547{n:08}") for n in range(1000)))
    await subscriber.until(1000)

    assert dict.fromkeys(agents, 100) == await _open_sessions(connection)


async def test_whoever_stays_online_is_within_one_of_the_others_who_did(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 10)
    steady, coming_and_going = agents[:6], agents[6:]
    await start_workers(3, HANDOVER_BATCH="20", HANDOVER_PREFETCH="40")

    flapping = asyncio.create_task(_flap(connection, coming_and_going))
    await bot.hand_over(*(a_handover(f"2547{n:08}") for n in range(1000)))
    await subscriber.until(1000)
    flapping.cancel()
    await asyncio.wait([flapping])

    counts = Counter(event.agent_id for event in subscriber.by_id.values())
    shares = [counts[agent] for agent in steady]
    assert max(shares) - min(shares) <= 1
    assert counts.total() == 1000


async def test_nobody_gets_a_session_after_going_offline(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 4)
    await start_workers(2, HANDOVER_BATCH="20", HANDOVER_PREFETCH="40")

    publishing = asyncio.create_task(bot.hand_over(*(a_handover(f"2547{n:08}") for n in range(1000))))
    await subscriber.until(100)
    await connection.execute("update handover.agents set status = 'offline' where id = $1", agents[0])
    offline_since = await connection.fetchval("select clock_timestamp()")
    await publishing
    await subscriber.until(1000)

    late = await connection.fetchval(
        'select count(*) from inbox_sessions where "assignedAgentId" = $1 and "assignedAt" > $2',
        agents[0],
        offline_since,
    )
    assert late == 0
    assert (await _open_sessions(connection))[agents[0]] < 250


async def test_the_cap_is_never_passed(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    teams = await given_team(connection), await given_team(connection)
    agents = await given_agents(connection, 5, teams=teams, max_sessions=3)
    await start_workers(3, HANDOVER_BATCH="5", HANDOVER_PREFETCH="5")

    await bot.hand_over(*(a_handover(f"2547{n:08}", team_id=str(teams[n % 2])) for n in range(60)))
    events = await subscriber.until(60)

    assert Counter({("assigned", "new"): 15, ("waiting", "all_at_capacity"): 45}) == Counter(
        (event.what, event.reason) for event in events
    )
    assert dict.fromkeys(agents, 3) == await _open_sessions(connection)


async def test_1000_handovers_of_one_contact_leave_one_session(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, 10)
    await start_workers(4, HANDOVER_BATCH="9", HANDOVER_PREFETCH="20")

    await bot.hand_over(*(a_handover() for _ in range(1000)))
    events = await subscriber.until(1000)

    assert await connection.fetchval("select count(*) from inbox_sessions") == 1
    [versions] = versions_by_session(events).values()
    assert list(range(1, 1001)) == versions
    in_order = sorted(events, key=lambda event: event.session_version)
    assert all(b.previous_agent_id == a.agent_id for a, b in pairwise(in_order))


async def test_20_restarts_with_3_handovers_each_favour_nobody(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 10)
    for restart in range(20):
        [worker] = await start_workers()
        await bot.hand_over(*(a_handover(f"2547{restart:04}{n:04}") for n in range(3)))
        await subscriber.until(3 * (restart + 1))
        assert await worker.stop() == 0

    assert dict.fromkeys(agents, 6) == await _open_sessions(connection)


async def _open_sessions(connection: asyncpg.Connection) -> dict[UUID, int]:
    rows = await connection.fetch(
        'select "assignedAgentId" as agent, count(*) from inbox_sessions where status = $1 group by 1',
        "assigned",
    )
    return {row["agent"]: row["count"] for row in rows}


async def _flap(connection: asyncpg.Connection, agents: list[UUID]) -> None:
    while True:
        await connection.execute(
            "update handover.agents set status = $1 where id = $2",
            random.choice(["online", "offline"]),
            random.choice(agents),
        )
