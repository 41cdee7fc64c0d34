"""Whole workers over TLS, and with several hosts in their URLs."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from builders import a_handover, given_agents
from processes import Bot, StartWorkers, Subscriber
from tls import Authority, gate

from worker.hosts import each_host
from worker.servers.probe import free_ports


def moved(url: str, hosts: str, *, scheme: str, options: str = "") -> str:
    """The URL with the same login, path, and other hosts."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(scheme=scheme, netloc=f"{login}@{hosts}", query=options).geturl()


async def test_a_worker_works_over_tls_and_looks_at_the_certificates(  # noqa: PLR0917 - fixtures
    tmp_path: Path,
    environment: dict[str, str],
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    await given_agents(connection)
    database, broker = environment["DATABASE_URL"], environment["AMQP_URL"]
    ours = Authority(tmp_path)
    (tmp_path / "other").mkdir()
    strangers = Authority(tmp_path / "other")
    async with gate(database, ours.server()) as database_port, gate(broker, ours.server()) as broker_port:

        def told(authority: Authority) -> dict[str, str]:
            return {
                "DATABASE_URL": moved(
                    database,
                    f"localhost:{database_port}",
                    scheme="postgresql",
                    options=f"sslmode=verify-full&sslrootcert={authority.file}",
                ),
                "AMQP_URL": moved(
                    broker, f"localhost:{broker_port}", scheme="amqps", options=f"cafile={authority.file}"
                ),
            }

        await start_workers(**told(ours))
        await bot.hand_over(a_handover())
        await subscriber.until(1)

        [wary] = await start_workers(wait=False, **told(strangers))
        refused = await wary.logged("database_away")
        assert "certificate" in refused["error"].lower()
        [warier] = await start_workers(
            wait=False, **{**told(strangers), "DATABASE_URL": told(ours)["DATABASE_URL"]}
        )
        refused = await warier.logged("broker_away")
        assert "certificate" in refused["error"].lower()


async def test_of_several_hosts_the_first_that_answers_is_taken(
    environment: dict[str, str],
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    await given_agents(connection)
    nobody, nobody_else = (f"127.0.0.1:{port}" for port in free_ports(2))

    def among_others(url: str) -> str:
        parts = urlsplit(url)
        there = parts.netloc.rpartition("@")[2]
        return moved(url, f"{nobody},{there},{nobody_else}", scheme=parts.scheme)

    [worker] = await start_workers(
        DATABASE_URL=among_others(environment["DATABASE_URL"]),
        AMQP_URL=among_others(environment["AMQP_URL"]),
    )
    assert (await worker.logged("broker_host_away"))["host"].startswith(nobody)
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    assert await worker.stop() == 0


def test_a_url_of_several_hosts_is_one_url_a_host() -> None:
    assert each_host("amqps://u:p%40@one:5671,[::1],three/acme?cafile=/x,y") == [
        "amqps://u:p%40@one:5671/acme?cafile=/x,y",
        "amqps://u:p%40@[::1]/acme?cafile=/x,y",
        "amqps://u:p%40@three/acme?cafile=/x,y",
    ]
    assert each_host("amqp://localhost/") == ["amqp://localhost/"]
