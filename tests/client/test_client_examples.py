"""The examples, as they are, in processes of their own beside a real worker."""

import asyncio
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from aiormq.exceptions import ChannelNotFoundEntity
from builders import a_handover, given_agents
from chaos.proxy import in_front_of
from processes import IN_TIME, Bot, StartWorkers, Subscriber

from worker.topology import Topology

EXAMPLES = Path(__file__).parents[2] / "examples"
NODE, NPM = shutil.which("node"), shutil.which("npm")
QUEUE = "notifications"

needs_node = pytest.mark.skipif(not (NODE and NPM), reason="there is no Node.js on this machine")
Program = tuple[str | Path, ...]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node examples with what their lock file says."""
    folder = tmp_path_factory.mktemp("node") / "examples"
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(
        [str(NPM), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(params=["python", pytest.param("node", marks=needs_node)])
def program(request: pytest.FixtureRequest) -> Callable[[str], Program]:
    """How to start an example by its name."""
    if request.param == "python":
        return lambda name: (sys.executable, "-W", "error", EXAMPLES / "python" / f"{name}.py")
    folder: Path = request.getfixturevalue("node")
    return lambda name: (str(NODE), folder / f"{name}.mjs")


Start = Callable[..., AbstractAsyncContextManager[Process]]


@pytest.fixture
def start(program: Callable[[str], Program], environment: dict[str, str]) -> Start:
    @asynccontextmanager
    async def running(name: str, *arguments: str, **settings: str) -> AsyncIterator[Process]:
        process = await asyncio.create_subprocess_exec(
            *program(name), *arguments, env={**environment, **settings}, stdout=PIPE
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return running


async def said(start: Start, name: str, *arguments: str, **settings: str) -> str:
    async with start(name, *arguments, **settings) as process, asyncio.timeout(IN_TIME):
        assert process.stdout
        text = await process.stdout.read()
        assert await process.wait() == 0
    return text.decode().strip()


async def line(process: Process) -> str:
    assert process.stdout
    async with asyncio.timeout(IN_TIME):
        return (await process.stdout.readline()).decode().rstrip()


@pytest.fixture
async def one_agent_at_work(connection: asyncpg.Connection, start_workers: StartWorkers) -> None:
    await given_agents(connection, max_sessions=1)
    await start_workers()


@pytest.fixture
async def no_queue_left(bot: Bot) -> AsyncIterator[None]:
    yield
    for queue in (QUEUE, f"{QUEUE}.dead-letters"):
        await bot.channel.queue_delete(queue)


async def consumed(amqp_url: str) -> None:
    async with asyncio.timeout(IN_TIME), await aio_pika.connect(amqp_url) as connection:
        while True:
            with suppress(ChannelNotFoundEntity):
                found = await (await connection.channel()).declare_queue(QUEUE, passive=True)
                if found.declaration_result.consumer_count:
                    return
            await asyncio.sleep(0.05)


@pytest.mark.timeout(180)
async def test_a_bot_says_who_is_coming(
    connection: asyncpg.Connection, start_workers: StartWorkers, subscriber: Subscriber, start: Start
) -> None:
    await given_agents(connection, max_sessions=1)
    [worker] = await start_workers()

    assert await said(start, "bot", "acme", "+254 745 050 238", "c-1") == "agent 1 will be with you."
    waiting = await said(start, "bot", "acme", "+254 745 050 239", "c-2")
    assert waiting == "You are next when somebody is free (all_at_capacity)."
    assert await said(start, "bot", "acme", "+254 745 050 238", "c-1") == "agent 1 will be with you."
    await worker.logged("redelivered", count=1)
    assert [event.handover_id for event in subscriber.events] == ["c-1", "c-2"]


@pytest.mark.timeout(180)
async def test_a_bot_that_finds_no_worker_says_so_and_has_handed_over(bot: Bot, start: Start) -> None:
    assert await said(start, "bot", "acme", "+254 745 050 238", "c-1") == "A colleague will be with you."
    assert await bot.waiting_messages(Topology().requests) == 1


@pytest.mark.timeout(180)
async def test_a_bot_whose_confirm_is_lost_has_handed_over_once(
    start_workers: StartWorkers, subscriber: Subscriber, start: Start, amqp_url: str
) -> None:
    """What it asked with the first try was answered to a connection that is no more; the second is answered too."""
    [worker] = await start_workers()
    async with in_front_of(amqp_url) as (through, proxy):
        proxy.cut_after(b'"specversion"', every=2)
        said_first, said_second = (
            await said(start, "bot", "acme", "1", "c-1", AMQP_URL=through),
            await said(start, "bot", "acme", "2", "c-2", AMQP_URL=through),
        )
    await worker.logged("redelivered", count=1)

    assert said_first == said_second == "You are next when somebody is free (no_agents)."
    assert [event.handover_id for event in await subscriber.until(2)] == ["c-1", "c-2"]
    assert proxy.cuts == 1


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("no_queue_left", "one_agent_at_work")
async def test_a_notification_service_tells_each_thing_once(
    bot: Bot, subscriber: Subscriber, start: Start, amqp_url: str
) -> None:
    sessions = await bot.channel.get_exchange(Topology().sessions)
    async with start("notifications", "acme") as service:
        await consumed(amqp_url)
        await bot.hand_over(a_handover("1"))
        await subscriber.until(1)
        await sessions.publish(aio_pika.Message(b"nonsense"), "session.assigned.acme.-")
        await sessions.publish(aio_pika.Message(subscriber.bodies[0]), "session.assigned.acme.-")
        await bot.hand_over(a_handover("2", tenant_id="other"))
        await bot.hand_over(a_handover("3"))
        told = [await line(service), await line(service)]
        await bot.channel.queue_delete(QUEUE)
        await consumed(amqp_url)
        await bot.hand_over(a_handover("4"))
        told.append(await line(service))

    nobody = "unassigned None all_at_capacity"
    assert [each.replace("null", "None") for each in told] == [
        "1 assigned agent 1 new",
        f"3 {nobody}",
        f"4 {nobody}",
    ]
    assert await bot.waiting_messages(f"{QUEUE}.dead-letters") == 1


@pytest.mark.parametrize(
    "path",
    [
        *EXAMPLES.rglob("*.py"),
        *EXAMPLES.glob("node/*.mjs"),
        *(EXAMPLES.parent / "handover_client").glob("*.py"),
    ],
    ids=lambda path: path.name,
)
def test_each_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150
