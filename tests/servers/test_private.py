"""Private servers, run for real: reachable by their URL alone, and gone with their owner."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import pytest
from conftest import wanted_rabbitmq
from waiting import alive, owner, until

from worker.servers import Places, Servers
from worker.servers.debian import SUITES
from worker.servers.postgres import find_binaries as find_postgres
from worker.servers.processes import descendants
from worker.servers.rabbitmq import find_binaries as find_rabbitmq
from worker.servers.refusal import Skipped

MOUNTS = Path("/proc/self/mounts")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A working directory every user can reach; tmp_path is ours alone."""
    with tempfile.TemporaryDirectory(prefix="handover-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def local_binaries(servers: Servers) -> None:  # noqa: ARG001 - it may install them
    wanted = wanted_rabbitmq()
    try:
        find_postgres(Places())
        if not (wanted in SUITES and (Places().debian / SUITES[wanted]).exists()):
            find_rabbitmq(Places(), wanted)
    except Skipped as reason:
        pytest.skip(f"{reason}; containers are ended by testcontainers")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.usefixtures("local_binaries")
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
def test_no_server_and_no_file_outlives_its_owner(open_folder: Path, sig: signal.Signals) -> None:
    mounts = MOUNTS.read_text()
    with owner("servers", Places().debian, str(wanted_rabbitmq() or 0), cwd=open_folder) as (process, line):
        assert line == "up"
        pids = descendants(process.pid)
        names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids}
        assert {"beam.smp", "postgres"} <= names
        process.send_signal(sig)
        until(lambda: not alive(pids), "all servers are gone")
    assert list(open_folder.iterdir()) == []
    assert MOUNTS.read_text() == mounts


async def test_a_virtual_host_is_ours_to_use(vhost: str) -> None:
    async with await aio_pika.connect(vhost) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        assert queue.declaration_result.message_count == 0


async def test_the_name_of_a_virtual_host_is_escaped_in_its_url(servers: Servers) -> None:
    name = f"handover test/{os.getpid()}"
    url = await asyncio.to_thread(servers.add_vhost, name)
    try:
        assert urlsplit(url).path == f"/handover%20test%2F{os.getpid()}"
        async with await aio_pika.connect(url):
            pass
    finally:
        await asyncio.to_thread(servers.delete_vhost, name)


async def test_a_database_is_made_from_a_template(create_database: Callable[..., str]) -> None:
    template = create_database("template")
    await _execute(template, "create table kept (n int)")
    await _execute(create_database("copy", template=template), "insert into kept values (1)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
