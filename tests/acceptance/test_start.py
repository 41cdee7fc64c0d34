"""Starting: wait for what will come, fail at once and by name for what will not."""

from urllib.parse import urlsplit

import aio_pika
import pytest
from processes import StartWorkers

from worker.migrations import HEAD
from worker.topology import Topology


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:{password}@{parts.hostname}:{parts.port}").geturl()


async def test_a_database_that_was_never_migrated_is_named(
    start_workers: StartWorkers, create_database: object
) -> None:
    assert callable(create_database)
    [worker] = await start_workers(wait=False, DATABASE_URL=create_database("bare"))

    assert await worker.ended() == 1
    assert f"revision {HEAD} is needed: run `handover migrate`" in worker.text


async def test_a_wrong_database_password_ends_it_at_once_and_is_not_printed(
    start_workers: StartWorkers, database: str
) -> None:
    [worker] = await start_workers(wait=False, DATABASE_URL=with_password(database, "s3cret-wrong"))

    assert await worker.ended() == 1
    assert "password authentication failed" in worker.text
    assert "s3cret-wrong" not in worker.text


async def test_a_wrong_broker_password_ends_it_at_once_and_is_not_printed(
    start_workers: StartWorkers, amqp_url: str
) -> None:
    [worker] = await start_workers(wait=False, AMQP_URL=with_password(amqp_url, "s3cret-wrong"))

    assert await worker.ended() == 1
    assert "refuses the user or the password" in worker.text
    assert "s3cret-wrong" not in worker.text


async def test_a_virtual_host_that_does_not_exist_ends_it_at_once(
    start_workers: StartWorkers, amqp_url: str
) -> None:
    url = urlsplit(amqp_url)._replace(path="/nowhere").geturl()
    [worker] = await start_workers(wait=False, AMQP_URL=url)

    assert await worker.ended() == 1
    assert "refuses the virtual host" in worker.text


async def test_a_queue_with_other_arguments_is_named(start_workers: StartWorkers, amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as broker:
        await (await broker.channel()).declare_queue(Topology().requests, durable=True)
    [worker] = await start_workers(wait=False)

    assert await worker.ended() == 1
    assert "RabbitMQ has an object of ours with other arguments" in worker.text
    assert Topology().requests in worker.text


@pytest.mark.parametrize("missing", ["DATABASE_URL", "AMQP_URL"])
async def test_it_waits_for_a_dependency_that_is_not_there_yet(
    start_workers: StartWorkers, environment: dict[str, str], missing: str
) -> None:
    url = urlsplit(environment[missing])
    away = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:1").geturl()
    [worker] = await start_workers(wait=False, **{missing: away})

    await worker.logged("database_away" if missing == "DATABASE_URL" else "broker_away")

    assert worker.process.returncode is None
    assert await worker.stop() == 0


async def test_starting_twice_declares_the_same_topology_again(start_workers: StartWorkers) -> None:
    await start_workers()
    await start_workers()
