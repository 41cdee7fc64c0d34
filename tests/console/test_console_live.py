"""A page is told what happens as it happens, misses nothing, and is told when it may have: whatever goes away."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from operator import itemgetter
from typing import Any

import aio_pika
import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, handed_over
from chaos.proxy import in_front_of
from chaos.servers import Servers
from consoles import Open
from letterbox import given_letter
from processes import IN_TIME, Bot, StartWorkers
from visiting import Stream, Visitor, looking

from worker.console.hearing import FLOOD
from worker.database import connect
from worker.migrations import migrate


def has(field: str, value: object) -> Callable[[Any], bool]:
    return lambda told: told[field] == value


def is_down(name: str) -> Callable[[Any], bool]:
    return lambda told: told["dependencies"][name] == "down"


async def test_a_handover_is_told_as_the_list_has_it(
    connection: asyncpg.Connection, visitor: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    async with looking(visitor.address) as stream:
        await bot.hand_over(a_handover(contact_name="Wanjiku", context={"intent": "refund"}))
        told = await stream.until("session")

    [row] = (await visitor.get("/api/sessions"))["sessions"]
    assert (row["context"], told["context"]) == (None, None)
    assert told == {**row, "type": "session.assigned.v1", "sessionId": row["id"]}
    assert (told["status"], told["agentName"], told["sessionVersion"]) == ("assigned", "agent 1", 1)
    assert told["contactId"] == "254 ••• ••• 238"


async def test_a_snapshot_and_what_follows_it_have_all_there_is(
    connection: asyncpg.Connection, visitor: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    """Pages that come while handovers are handled: what they fetch after the snapshot, and are told, is everything."""
    await given_agents(connection)
    await start_workers()
    known: list[dict[str, Any]] = []
    handled, all_look = asyncio.Event(), asyncio.Barrier(4)

    async def page(*, late: bool) -> None:
        if late:
            await handled.wait()
        async with looking(visitor.address) as stream:
            listed = (await visitor.get("/api/sessions", limit=500))["sessions"]
            await all_look.wait()
            await stream.until("session", lambda row: row["contactName"] == "the last")
            rows = {row["id"]: row for row in listed}
            for row in stream.of("session"):
                if row["sessionVersion"] > rows.get(row["id"], {"sessionVersion": 0})["sessionVersion"]:
                    rows[row["id"]] = row
            known.append({row["id"]: row["sessionVersion"] for row in rows.values()})

    pages = [asyncio.ensure_future(page(late=late)) for late in (False, True, True)]
    for number in range(60):
        await bot.hand_over(a_handover(str(number % 40), contact_name=f"the {number}"))
        if number == 20:
            handled.set()
    while await connection.fetchval("select count(*) from handover.handled_events") < 60:
        await asyncio.sleep(0.02)
    async with asyncio.timeout(30):
        await all_look.wait()
    await bot.hand_over(a_handover("41", contact_name="the last"))
    await asyncio.gather(*pages)

    truth = await connection.fetch(
        "select session_id, max(version) as version from handover.assignments group by 1"
    )
    assert known == [{str(row["session_id"]): row["version"] for row in truth}] * 3


async def test_two_pages_are_told_the_same(
    connection: asyncpg.Connection, visitor: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    async with looking(visitor.address) as one, looking(visitor.address) as other:
        await bot.hand_over(a_handover("1", contact_name="the first"))
        await bot.hand_over(a_handover("2", contact_name="the last"))
        for stream in (one, other):
            await stream.until("session", lambda row: row["contactName"] == "the last")
        assert one.of("session") == other.of("session")


async def test_what_no_event_tells_is_told_too(connection: asyncpg.Connection, visitor: Visitor) -> None:
    """The inbox application resolves a session, an agent comes, a letter fails: all by SQL."""
    [agent] = await given_agents(connection)
    await given_session(connection, "assigned", agent=agent)
    async with looking(visitor.address) as stream:
        await stream.until("counts")
        await connection.execute("update inbox_sessions set status = 'resolved'")
        counted = await stream.until("counts", lambda told: told["tenants"]["acme"]["resolved"] == 1)
        freed = await stream.until("agent", lambda told: told["open"] == 0)
        await connection.execute("update handover.agents set status = 'busy'")
        busy = await stream.until("agent", lambda told: told["status"] == "busy")
        await given_letter(connection)
        letters = await stream.until("letters", lambda told: told["letters"] == 1)
        await connection.execute("delete from handover.agents")
        gone = await stream.until("agent", lambda told: "removed" in told)

    assert counted == {"tenants": {"acme": {"unassigned": 0, "assigned": 0, "resolved": 1}}}
    assert {freed["id"], busy["id"]} == {str(agent)}
    assert letters == {"letters": 1, "causes": 1}
    assert gone == {"id": str(agent), "removed": True}


async def test_what_another_program_changes_of_a_session_is_told_too(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover(contact_name="Wanjiku"))
    async with looking(visitor.address) as stream:
        await connection.execute("""update inbox_sessions set "acceptedAt" = now(), "updatedAt" = now()""")
        accepted = await stream.until("session", lambda row: row["acceptedAt"] is not None)
        await connection.execute("""update inbox_sessions set "contactName" = 'Jane', "updatedAt" = now()""")
        renamed = await stream.until("session", has("contactName", "Jane"))
    assert [row["sessionVersion"] for row in (accepted, renamed)] == [1, 1]


async def test_a_session_that_is_deleted_is_told_of_as_deleted(
    ada: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    await start_workers()
    async with looking(ada.address) as stream:
        await bot.hand_over(a_handover())
        row = await stream.until("session")
        await ada.did(f"/api/sessions/{row['id']}/delete")
        told = await stream.until("session", lambda row: row["status"] == "deleted")
    assert (told["id"], told["sessionVersion"], told["contactId"]) == (row["id"], 2, "254 ••• ••• 238")


async def test_a_flood_is_not_told_one_by_one_and_nothing_is_missed_after_it(
    connection: asyncpg.Connection, visitor: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    async with looking(visitor.address) as stream:
        for start in range(0, 6 * FLOOD, FLOOD):
            await bot.hand_over(*(a_handover(str(start + number)) for number in range(FLOOD)))
        await stream.until("resync", lambda told: told["why"] == "many")
        async with asyncio.timeout(IN_TIME * 2):
            number = 0
            while not any(row["contactName"] == "after" for row in stream.of("session")):
                number += 1
                await bot.hand_over(a_handover(str(10**6 + number), contact_name="after"))
                await asyncio.sleep(0.5)
        count = len(stream.of("session"))
    assert count < 4 * FLOOD


async def test_a_page_that_does_not_read_is_told_to_look_anew(
    connection: asyncpg.Connection, visitor: Visitor, bot: Bot, start_workers: StartWorkers
) -> None:
    """Its socket is full, then its queue; the others hear all the same."""
    await given_agents(connection)
    await start_workers()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(visitor.netloc.rpartition(":")[2]), limit=1024
    )
    writer.write(f"GET /api/live HTTP/1.1\r\nHost: {visitor.netloc}\r\n\r\n".encode())
    async with looking(visitor.address) as quick:
        await given_agents(connection, 120, tenant="globex", skills=("x" * 100_000,))
        await quick.until("agent", has("tenant_id", "globex"))
        for number in range(120):
            await bot.hand_over(a_handover(str(number), contact_name=f"the {number}"))
            await quick.until("session", has("contactName", f"the {number}"))
        assert quick.of("resync") == []
        slow = Stream()
        reader._limit = 1 << 24  # type: ignore[attr-defined]
        reading = asyncio.ensure_future(slow.read(reader))
        assert (await slow.until("resync"))["why"] == "slow"
        reading.cancel()
    writer.close()
    assert len(slow.of("session")) < 120


@pytest.fixture
async def of_its_own(breakable: Servers, environment: dict[str, str]) -> dict[str, str]:
    """The environment of programs on servers that may be broken."""
    database = breakable.postgres.url_of_primary(await breakable.add_database())
    await migrate(database)
    return {**environment, "DATABASE_URL": database, "AMQP_URL": await breakable.add_vhost()}


@pytest.mark.parametrize("heartbeat", [1, 60], ids=["is given up", "is not given up yet"])
@pytest.mark.usefixtures("bot")
async def test_a_silent_broker_is_no_outage_of_the_database_and_ends_no_look(
    environment: dict[str, str], open_console: Open, heartbeat: int
) -> None:
    """Nothing is known of its queues meanwhile, and all of it when it speaks again."""
    async with in_front_of(f"{environment['AMQP_URL']}?heartbeat={heartbeat}") as (url, proxy):
        console = await open_console(AMQP_URL=url)
        async with looking((await console.logged("console_open"))["address"]) as stream:
            await stream.until("health", itemgetter("queues"))
            seen = len(stream.told)
            proxy.up.deaf = proxy.down.deaf = True
            await stream.until("health", has("queues", {}), since=seen)
            if heartbeat == 1:
                await stream.until("health", is_down("rabbitmq"), since=seen)
            seen = len(stream.told)
            proxy.heal()
            await stream.until("health", itemgetter("queues"), since=seen)

            assert {told["dependencies"]["postgresql"] for told in stream.of("health")} == {"up"}
            assert {"why": "postgresql"} not in stream.of("resync")


async def test_restarts_of_broker_and_database_are_survived_and_nothing_is_missed(
    breakable: Servers, of_its_own: dict[str, str], open_console: Open, start_workers: StartWorkers
) -> None:
    urls = {name: of_its_own[name] for name in ("DATABASE_URL", "AMQP_URL")}
    await start_workers(**urls)
    console = await open_console(**urls)
    visitor = Visitor((await console.logged("console_open"))["address"])
    async with looking(visitor.address) as stream:
        for name, stop, start in (
            ("rabbitmq", breakable.rabbit.stop, breakable.rabbit.start),
            ("postgresql", breakable.postgres.stop, breakable.postgres.start),
        ):
            seen = len(stream.told)
            await breakable.do(stop, signal.SIGINT if name == "postgresql" else signal.SIGTERM)
            down = await stream.until("health", is_down(name), since=seen)
            health = await visitor.get("/api/health")
            page = await visitor.ask("GET", "/")
            listed = await visitor.ask("GET", "/api/sessions")
            await breakable.do(start)
            await stream.until("resync", has("why", name), since=seen)
            await stream.until(
                "health", lambda told: set(told["dependencies"].values()) == {"up"}, since=seen
            )
            connection = await connect(urls["DATABASE_URL"])
            await given_agents(connection, tenant=name)
            await connection.close()
            await hand_over(urls, name)
            told = await stream.until("session", has("tenantId", name), since=seen)

            assert down["troubles"][name]
            assert health["dependencies"][name] == "down"
            assert (page.status, listed.status) == (200, 503 if name == "postgresql" else 200)
            assert told["status"] == "assigned"
        assert {row["tenantId"] for row in (await visitor.get("/api/sessions"))["sessions"]} == {
            "rabbitmq",
            "postgresql",
        }
    assert console.process.returncode is None


async def hand_over(urls: dict[str, str], tenant: str) -> None:
    async with await aio_pika.connect(urls["AMQP_URL"]) as connection:
        await Bot(await connection.channel(on_return_raises=True)).hand_over(a_handover(tenant_id=tenant))


async def test_a_console_that_starts_before_its_servers_waits_for_them(
    breakable: Servers, of_its_own: dict[str, str], open_console: Open
) -> None:
    urls = {name: of_its_own[name] for name in ("DATABASE_URL", "AMQP_URL")}
    await breakable.do(breakable.postgres.stop, signal.SIGINT)
    async with AsyncExitStack() as looks:
        try:
            console = await open_console(**urls)
            visitor = Visitor((await console.logged("console_open"))["address"])
            stream = await looks.enter_async_context(looking(visitor.address))
            [snapshot] = stream.of("snapshot")
            answer = await visitor.ask("GET", "/api/sessions")
        finally:
            await breakable.do(breakable.postgres.start)
        await stream.until("resync", lambda told: told["why"] == "postgresql")
        found = await visitor.get("/api/sessions")

    assert snapshot["counts"] is None
    assert snapshot["error"].startswith("PostgreSQL is not reachable: ")
    assert (answer.status, answer.json["error"]) == (503, snapshot["error"])
    assert found["sessions"] == []


async def test_a_database_that_is_not_migrated_is_told_of(open_console: Open, create_database: Any) -> None:
    console = await open_console(DATABASE_URL=create_database("unmigrated_console"))
    visitor = Visitor((await console.logged("console_open"))["address"])
    answer = await visitor.ask("GET", "/api/sessions")
    assert (answer.status, "run `handover migrate`" in answer.json["error"]) == (503, True)


async def test_nobody_looks_and_nothing_is_asked_for(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    """The database hears of a console only while there are pages."""
    count = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name = 'handover-console'"
    )
    before = await connection.fetchval(count)
    async with looking(visitor.address) as stream:
        await stream.until("counts")
        while_looking = await connection.fetchval(count)
    assert (before, while_looking > 0) == (0, True)
