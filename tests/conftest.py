"""The servers every test shares, and databases and virtual hosts of our own on them.

`TEST_DATABASE_URL` and `TEST_AMQP_URL`, else `DATABASE_URL` and `AMQP_URL`, name servers that are already
there; a service without one is started for the session. `TEST_RABBITMQ` is the generation of RabbitMQ that is
wanted, such as 4. No test touches a database or virtual host it did not
make.
"""

import asyncio
import os
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import pytest
from chaos.servers import Servers as OwnServers
from chaos.servers import private_servers

from worker.database import connect
from worker.migrations import migrate
from worker.servers import Servers
from worker.servers import servers as find_servers
from worker.servers.orphan import die_with_parent_if_asked
from worker.topology import Topology

pytest_plugins = ["processes", "consoles", "screens"]

RUN = f"handover_test_{secrets.token_hex(4)}"


class CreateDatabase(Protocol):
    def __call__(self, name: str, *, template: str | None = None) -> str:
        """Create a database; its url. `template` is the url of one made here that nobody is connected to."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", type=int, default=1000, help="messages tests/fuzz sends (1000; CI: 10000)")


def pytest_configure() -> None:
    """A killed `make` ends us as Ctrl-C would, so fixtures still clean up on servers that are not ours."""
    die_with_parent_if_asked()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)  # noqa: T201 - a first start may install packages; do not look hung

    with find_servers(
        database_url=_given("DATABASE_URL"), amqp_url=_given("AMQP_URL"), rabbitmq=wanted_rabbitmq(), say=say
    ) as found:
        yield found


@pytest.fixture(scope="session")
def breakable() -> Iterator[OwnServers]:
    """Servers that may be stopped, killed and told anything: not those the other tests share."""
    with private_servers(generation=wanted_rabbitmq()) as started:
        yield started


@pytest.fixture(scope="session")
def vhost(servers: Servers) -> Iterator[str]:
    """The url of a virtual host that is ours for this session."""
    yield servers.add_vhost(RUN)
    servers.delete_vhost(RUN)


@pytest.fixture(scope="session")
def create_database(servers: Servers) -> Iterator[CreateDatabase]:
    created: list[str] = []

    def create(name: str, *, template: str | None = None) -> str:
        full = f"{RUN}_{name}"
        source = _database_of(template) if template else "template1"
        _run(_execute(servers.database_url, f'create database "{full}" template "{source}"'))
        created.append(full)
        return urlsplit(servers.database_url)._replace(path=f"/{full}").geturl()

    yield create
    for full in created:
        _run(_execute(servers.database_url, f'drop database if exists "{full}" with (force)'))


def wanted_rabbitmq() -> int | None:
    return int(os.environ.get("TEST_RABBITMQ") or 0) or None


def _given(name: str) -> str | None:
    return os.environ.get(f"TEST_{name}") or os.environ.get(name) or None


def _database_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run(what: Awaitable[object]) -> None:
    """Run it on a loop of its own, so that a sync fixture works whether or not a test's loop is running."""

    async def wrapped() -> None:
        await what

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, wrapped()).result()


@pytest.fixture(scope="session")
def migrated(create_database: CreateDatabase) -> str:
    """A database at the newest revision that nobody writes to: the template of every test's own."""
    url = create_database("migrated")
    _run(migrate(url))
    return url


@pytest.fixture
def database(create_database: CreateDatabase, migrated: str) -> str:
    """The url of this test's own database, migrated and empty."""
    return create_database(secrets.token_hex(4), template=migrated)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to this test's database, as the worker makes them."""
    opened = await connect(database, name="test")
    yield opened
    await opened.close()


@pytest.fixture
async def amqp_url(vhost: str) -> AsyncIterator[str]:
    """The url of a virtual host that holds nothing of ours; what a test leaves in it is deleted."""
    yield vhost
    topology = Topology()
    async with await aio_pika.connect(vhost) as broker:
        channel = await broker.channel()
        for queue in (topology.requests, topology.agents, topology.dead_letters):
            await channel.queue_delete(queue)
        for exchange in (topology.exchange, topology.sessions, topology.dlx):
            await channel.exchange_delete(exchange)


@pytest.fixture
def environment(database: str, amqp_url: str) -> dict[str, str]:
    """What a program of ours needs to find this test's servers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDOVER_")}
    return {**kept, "DATABASE_URL": database, "AMQP_URL": amqp_url, "HANDOVER_LOG_FORMAT": "json"}


@pytest.fixture
async def rival(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A second connection: another worker, or another program."""
    opened = await connect(database, name="rival")
    yield opened
    await opened.close()


@pytest.fixture
async def observer(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that looks at who waits for whom."""
    opened = await connect(database, name="observer")
    yield opened
    await opened.close()
