"""A worker says whether it lives and whether it is ready, and never dies of being asked."""

import asyncio
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from asking import ON, asked, ready, samples, until_ready, until_sample, url_of
from builders import a_handover, given_agents
from processes import Bot, StartWorkers, Subscriber
from refusals import refusing

from worker.servers import Servers
from worker.topology import Topology

UP = 'handover_dependency_up{dependency="database"}'
REGISTERED = f'handover_consumer_registered{{queue="{Topology().requests}"}}'
HELD = f'handover_consumer_held{{queue="{Topology().requests}"}}'


async def test_a_worker_that_works_is_ready_and_lives(start_workers: StartWorkers) -> None:
    [worker] = await start_workers(**ON)

    assert await until_ready(worker, lambda status, _: status == 200) == {"ready": True, "why_not": {}}

    assert await asked(worker, "/livez") == (200, '{"alive":true}')
    assert (await asked(worker, "/elsewhere"))[0] == 404
    found = await samples(worker)
    assert (found["handover_ready"], found[UP], found[HELD]) == (1, 1, 0)


async def test_with_the_database_away_it_lives_is_not_ready_says_why_and_comes_back(
    servers: Servers, database: str, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    setup = await asyncpg.connect(database)
    await given_agents(setup)
    await setup.close()
    [worker] = await start_workers(**ON)
    await until_ready(worker, lambda status, _: status == 200)

    async with refusing(servers, database):
        await bot.hand_over(a_handover())
        told = await until_ready(worker, lambda _, body: Topology().requests in body["why_not"])
        assert (await ready(worker))[0] == 503
        assert told["ready"] is False
        assert "not currently accepting connections" in told["why_not"]["database"]
        assert told["why_not"][Topology().requests].startswith("held")
        found = await samples(worker)
        assert (found["handover_ready"], found[UP], found[HELD]) == (0, 0, 1)
        assert (await asked(worker, "/livez"))[0] == 200

    await subscriber.until(1)
    await until_ready(worker, lambda status, _: status == 200)
    found = await until_sample(worker, UP, 1)
    assert (found["handover_ready"], found[HELD]) == (1, 0)


async def test_an_idle_worker_notices_that_the_database_is_away(
    servers: Servers, database: str, start_workers: StartWorkers
) -> None:
    [worker] = await start_workers(**ON, HANDOVER_DRAIN_SECONDS="3600", HANDOVER_SWEEP_SECONDS="3600")
    await until_ready(worker, lambda status, _: status == 200)
    async with refusing(servers, database):
        told = await until_ready(worker, lambda status, _: status == 503)
    assert set(told["why_not"]) == {"database"}


async def test_while_it_waits_for_its_first_dependency_it_lives_and_is_not_ready(
    servers: Servers, database: str, start_workers: StartWorkers
) -> None:
    async with refusing(servers, database):
        [worker] = await start_workers(wait=False, **ON)
        status, body = await ready(worker)
        assert (status, set(body["why_not"])) == (503, {"worker"})
        assert (await asked(worker, "/livez"))[0] == 200
        assert (await samples(worker))[UP] == 0
    await worker.ready()
    await until_ready(worker, lambda status, _: status == 200)


async def test_an_event_that_is_not_published_for_too_long_makes_it_not_ready(
    connection: asyncpg.Connection, start_workers: StartWorkers
) -> None:
    await connection.execute(
        "insert into handover.outbox (id, session_id, version, type, routing_key, body, created_at, leased_until)"
        " values (gen_random_uuid(), gen_random_uuid(), 1, 't', 'k', '', now() - interval '2 minutes',"
        " now() + interval '1 hour')"
    )
    [worker] = await start_workers(**ON)
    told = await until_ready(worker, lambda _, body: set(body["why_not"]) == {"outbox"})
    assert told["why_not"]["outbox"].endswith("s, over 60")
    assert (await samples(worker))["handover_outbox_age_seconds"] >= 120

    await connection.execute("delete from handover.outbox")
    await until_ready(worker, lambda status, _: status == 200)


async def test_a_queue_the_broker_does_not_send_makes_it_not_ready(
    start_workers: StartWorkers, bot: Bot
) -> None:
    """Somebody made it anew with other arguments than ours: the worker has none until that is mended."""
    [worker] = await start_workers(**ON)
    await until_ready(worker, lambda status, _: status == 200)
    assert (await samples(worker))[REGISTERED] == 1

    worker.process.send_signal(signal.SIGSTOP)
    await bot.channel.queue_delete(Topology().requests)
    await bot.channel.declare_queue(Topology().requests, durable=True)
    worker.process.send_signal(signal.SIGCONT)
    await worker.logged("consumer_lost", queue=Topology().requests)
    told = await until_ready(worker, lambda status, _: status == 503)
    assert told == {"ready": False, "why_not": {Topology().requests: "the broker does not send it"}}
    found = await samples(worker)
    assert (found["handover_ready"], found[REGISTERED]) == (0, 0)

    await bot.channel.queue_delete(Topology().requests)
    await until_ready(worker, lambda status, _: status == 200)
    assert (await samples(worker))[REGISTERED] == 1


async def test_it_listens_on_loopback_alone_and_only_when_told(start_workers: StartWorkers) -> None:
    silent, [speaking] = (await start_workers())[0], await start_workers(**ON)
    await until_ready(speaking, lambda status, _: status == 200)
    port = urlsplit(await url_of(speaking)).port
    assert _listening(speaking.pid) == {f"0100007F:{port:04X}"}
    assert _listening(silent.pid) == set()


async def test_a_port_that_is_taken_costs_the_answers_and_nothing_else(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        [worker] = await start_workers(HANDOVER_HTTP_PORT=str(port))
        await worker.logged("not_answering", port=port)
        await bot.hand_over(a_handover())
        await subscriber.until(1)
    await worker.logged("answering", port=port)
    assert (await asked(worker, "/livez"))[0] == 200


async def test_nonsense_on_the_port_does_no_harm(start_workers: StartWorkers) -> None:
    [worker] = await start_workers(**ON)
    port = urlsplit(await url_of(worker)).port
    for nonsense in (b"\x00\xff" * 500, b"GET / HTTP/9.9\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\n"):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert (await asked(worker, "/livez"))[0] == 200


async def test_signals_stay_the_worker_s_own_and_an_open_connection_does_not_hold_it(
    start_workers: StartWorkers,
) -> None:
    [worker] = await start_workers(**ON)
    port = urlsplit(await url_of(worker)).port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        assert await worker.stop(signal.SIGTERM) == 0
    finally:
        writer.close()
        await writer.wait_closed()
    told = [line["event"] for line in worker.lines if line["event"].startswith("stop")]
    assert told == ["stopping", "stopped"]


def _listening(pid: int) -> set[str]:
    """Where the process listens, as /proc/net/tcp writes it."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
