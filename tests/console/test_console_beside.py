"""A console beside a worker or the demonstration ends with it, comes back by itself, and cannot stop it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from builders import a_handover, given_agents
from commands import HANDOVER
from processes import IN_TIME, Bot, RunningWorker, Subscriber
from visiting import TOKEN, Visitor, looking

from worker.cli.companion import NICER
from worker.servers import Servers
from worker.servers.probe import free_ports


@pytest.fixture
async def port() -> int:
    (found,) = free_ports(1)
    return found


@asynccontextmanager
async def beside(environment: dict[str, str]) -> AsyncIterator[RunningWorker]:
    """A worker with a console beside it."""
    process = await asyncio.create_subprocess_exec(
        HANDOVER, "worker", "--console", env=environment, stderr=asyncio.subprocess.PIPE
    )
    running = RunningWorker(process)
    try:
        yield await running.ready()
    finally:
        if process.returncode is None:
            await running.stop()


@pytest.fixture
async def worker(environment: dict[str, str], port: int) -> AsyncIterator[RunningWorker]:
    given = {"HANDOVER_CONSOLE_PORT": str(port), "HANDOVER_CONSOLE_TOKEN": TOKEN}
    async with beside({**environment, **given}) as running:
        yield running


async def answers(port: int) -> None:
    """Return when a console answers there."""
    visitor = Visitor(f"http://127.0.0.1:{port}")
    async with asyncio.timeout(IN_TIME):
        while True:
            try:
                await visitor.get("/api/me")
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                return


async def gone(pid: int) -> None:
    """Return when there is no such process."""
    async with asyncio.timeout(IN_TIME):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.05)


async def test_a_killed_console_comes_back_and_the_worker_never_noticed(
    connection: asyncpg.Connection, worker: RunningWorker, port: int, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    pid = (await worker.logged("console_started"))["pid"]
    await answers(port)
    os.kill(pid, signal.SIGKILL)
    await worker.logged("console_ended", code=-signal.SIGKILL)
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)
    await answers(port)

    async with looking(f"http://127.0.0.1:{port}") as stream:
        await bot.hand_over(a_handover("2", contact_name="Otieno"))
        assert (await stream.until("session"))["contactName"] == "Otieno"
    again = [line["pid"] for line in worker.lines if line["event"] == "console_started"][-1]
    ours = os.getpriority(os.PRIO_PROCESS, worker.pid)
    assert os.getpriority(os.PRIO_PROCESS, again) == min(ours + NICER, 19)
    assert [line["pid"] != pid for line in worker.lines if line["event"] == "console_started"] == [
        False,
        True,
    ]
    assert worker.process.returncode is None


async def test_a_worker_that_ends_takes_its_console_with_it(worker: RunningWorker, port: int) -> None:
    pid = (await worker.logged("console_started"))["pid"]
    await answers(port)
    assert await worker.stop(signal.SIGTERM) == 0
    await gone(pid)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux ends the children of who is killed")
async def test_a_worker_that_is_killed_takes_its_console_with_it(worker: RunningWorker, port: int) -> None:
    pid = (await worker.logged("console_started"))["pid"]
    await answers(port)
    worker.process.kill()
    await gone(pid)


async def test_a_console_that_cannot_start_is_the_consoles_trouble_alone(
    environment: dict[str, str], bot: Bot, subscriber: Subscriber
) -> None:
    given = {**environment, "HANDOVER_CONSOLE_HOST": "192.0.2.1", "HANDOVER_CONSOLE_TOKEN": ""}
    async with beside(given) as worker:
        await worker.logged("console_ended")
        await bot.hand_over(a_handover())
        await subscriber.until(1)
        assert await worker.stop() == 0


def test_a_worker_without_a_console_carries_none_of_its_libraries() -> None:
    look = "import sys, worker.app, worker.cli.companion; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "worker.app" in loaded
    assert {"starlette", "uvicorn", "sse_starlette", "itsdangerous", "worker.console"} & set(loaded) == set()


def test_the_demonstration_tells_where_it_is_and_with_what_token_one_acts(
    environment: dict[str, str],
    servers: Servers,  # noqa: ARG001 - the first to need servers may install them
) -> None:
    ours = {name: value for name, value in environment.items() if name not in {"DATABASE_URL", "AMQP_URL"}}
    with tempfile.TemporaryDirectory(prefix="handover-test-") as folder:
        Path(folder).chmod(0o755)
        with subprocess.Popen(
            [HANDOVER, "demo", "--console"],
            env={**ours, "HANDOVER_CONSOLE_PORT": "0"},
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stderr
            told = ""
            while "lets you act there" not in told:
                told += process.stderr.readline()
            [address, token] = re.findall(r"(http://\S+)/\n +the token (\S+) lets", told)[0]
            asyncio.run(_acts(address, token))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        assert process.returncode == 0
        with pytest.raises(ConnectionError):
            asyncio.run(Visitor(address).get("/api/me"))


async def _acts(address: str, token: str) -> None:
    await answers(int(address.rpartition(":")[2]))
    assert (await Visitor(address).log_in(token)).status == 204
