"""README.md's scripts, JSON and SQL, run on real servers."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aio_pika
import asyncpg
import pytest
import readme
from aiormq.exceptions import ChannelNotFoundEntity
from builders import a_handover, given_agents, given_session, handed_over
from processes import HANDOVER, IN_TIME, Bot, StartWorkers, Subscriber
from terminal import Shell, next_line

from schemas import decode_handover, decode_session_event
from worker.cli.failures import Code
from worker.topology import Topology

CONTACT = "254745050238"


@dataclass(frozen=True, slots=True)
class Scripts:
    """Python in processes of its own."""

    environment: dict[str, str]
    folder: Path

    @asynccontextmanager
    async def run(self, text: str, *arguments: str) -> AsyncIterator[Process]:
        """It is killed at the end of the block if it still runs."""
        path = self.folder / "script.py"
        path.write_text(text)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error",
            path,
            *arguments,
            env=self.environment,
            cwd=self.folder,
            stdout=PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
def scripts(environment: dict[str, str], tmp_path: Path) -> Scripts:
    return Scripts(environment, tmp_path)


async def test_the_publishing_script_hands_over_once_however_often_it_is_run(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    subscriber: Subscriber,
    scripts: Scripts,
) -> None:
    await given_agents(connection)
    [worker] = await start_workers()
    publishing, *_ = readme.blocks("python")

    for _ in range(2):
        async with scripts.run(publishing) as script:
            assert await script.wait() == 0
    await worker.logged("redelivered", count=1)

    [event] = await subscriber.until(1)
    assert (event.contact_id, event.contact_name, event.status) == (CONTACT, "Wanjiku", "assigned")


async def test_the_subscribing_script_applies_each_version_once(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    scripts: Scripts,
) -> None:
    await given_agents(connection, 2)
    await start_workers()
    _, subscribing, *_ = readme.blocks("python")
    sessions = await bot.channel.get_exchange(Topology().sessions)

    said = []
    async with _deleted_later(bot, "notifications"), scripts.run(subscribing) as script:
        await _consumed(scripts.environment["AMQP_URL"], "notifications")
        for number in (1, 2, 3):
            await bot.hand_over(a_handover(CONTACT))
            await subscriber.until(number)
            said.append(await next_line(script))
            first_again = aio_pika.Message(subscriber.bodies[0])
            await sessions.publish(first_again, "session.assigned.acme.again")

    expected = {
        event.session_version: f"{CONTACT} assigned {event.agent_name}" for event in subscriber.events
    }
    assert said == [expected[1], expected[2], expected[3]]


async def test_the_presence_script_brings_an_agent_who_gets_what_waits(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    scripts: Scripts,
) -> None:
    [agent] = await given_agents(connection, status="offline")
    [worker] = await start_workers()
    await bot.hand_over(a_handover(CONTACT))
    await subscriber.until(1)

    async with scripts.run(readme.blocks("python")[2], str(agent), "online") as script:
        assert await script.wait() == 0
    await worker.logged("status_changed", agent_id=str(agent), status="online")

    waiting, assigned = await subscriber.until(2)
    assert (waiting.what, waiting.reason) == ("waiting", "none_online")
    assert (assigned.what, assigned.reason, assigned.agent_id) == ("assigned", "queue", agent)


async def test_the_clients_script_says_who_is_coming(
    connection: asyncpg.Connection, start_workers: StartWorkers, scripts: Scripts
) -> None:
    await given_agents(connection)
    await start_workers()
    async with scripts.run(readme.blocks("python")[3]) as script:
        assert await next_line(script) == "agent 1"
        assert await script.wait() == 0


async def test_the_presence_of_somebody_unknown_is_published_again_once_they_are_on_the_roster(
    start_workers: StartWorkers, scripts: Scripts
) -> None:
    presence, stranger = readme.blocks("python")[2], str(uuid4())
    shell = Shell(scripts.environment, scripts.folder)
    [worker] = await start_workers()

    async with scripts.run(presence, stranger, "online") as script:
        assert await script.wait() == 0
    await worker.logged("dead_lettered", reason="invalid-event")
    added, _ = await shell.answer(f"{HANDOVER} agents add --tenant acme --name Amina --id {stranger}")
    replayed, _ = await shell.answer(f"{HANDOVER} dead-letters replay --all")
    async with scripts.run(presence, stranger, "online") as script:
        assert await script.wait() == 0

    await worker.logged("status_changed", agent_id=stranger, status="online")
    assert (added, replayed) == (Code.DONE, Code.PARTLY)


async def test_sql_brings_an_agent_online(connection: asyncpg.Connection) -> None:
    coming, *_ = readme.blocks("sql")
    [agent] = await given_agents(connection, status="offline")
    await connection.execute("update handover.agents set name = 'Amina'")
    await connection.execute(coming)
    assert await connection.fetchval("select status from handover.agents where id = $1", agent) == "online"


async def test_json_is_what_travels(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    plain, event, line = readme.blocks("json")
    await given_agents(connection, skills=("swahili",))
    [worker] = await start_workers()

    await bot.publish(plain.encode(), message_id="1")
    await subscriber.until(1)

    shown, published = json.loads(event), json.loads(subscriber.bodies[0])
    assert (list(shown), list(shown["data"])) == (list(published), list(published["data"]))
    assert shown["id"] == str(decode_session_event(event.encode()).event_id)
    assert published["data"]["context"] == json.loads(plain)["context"]
    assert list(json.loads(line)) == list(await worker.logged("handed_over"))


def test_the_json_of_a_handover_has_no_field_that_would_be_ignored() -> None:
    plain, *_ = readme.blocks("json")
    handover = decode_handover(plain.encode(), content_type=None, headers={}, message_id="1")
    understood = handover.model_dump(by_alias=True, exclude_unset=True)
    assert set(json.loads(plain)) == set(understood) - {"id"}


async def test_sql_lists_resets_and_deletes(connection: asyncpg.Connection) -> None:
    _, listing, resetting, deleting, *_ = readme.blocks("sql")
    [agent] = await given_agents(connection)
    session = await given_session(connection, "assigned", agent=agent)
    await connection.execute(
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction)'
        " values ($1, 'acme', $2, 'inbound')",
        session,
        CONTACT,
    )

    assert [(row["id"], row["status"]) for row in await connection.fetch(listing)] == [(session, "assigned")]
    await connection.execute(resetting)
    assert [(row["id"], row["status"]) for row in await connection.fetch(listing)] == [
        (session, "unassigned")
    ]
    await connection.execute(deleting)
    assert await connection.fetch(listing) == []


async def test_a_reset_that_would_leave_two_open_sessions_is_refused(connection: asyncpg.Connection) -> None:
    _, _, resetting, *_ = readme.blocks("sql")
    [agent] = await given_agents(connection)
    await given_session(connection, "resolved", agent=agent)
    await given_session(connection, "assigned", agent=agent)

    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(resetting)
    await connection.execute(f"{resetting.rstrip().removesuffix(';')} AND status = 'assigned'")


async def test_sql_lists_who_waits(connection: asyncpg.Connection) -> None:
    *_, who_waits, _ = readme.blocks("sql")
    await handed_over(connection, a_handover(CONTACT))

    waiting = [(row["contactId"], row["reason"]) for row in await connection.fetch(who_waits)]
    assert waiting == [(CONTACT, "no_agents")]


@asynccontextmanager
async def _deleted_later(bot: Bot, queue: str) -> AsyncIterator[None]:
    """A queue of the reader's own, which is not one of the topology's."""
    yield
    await bot.channel.queue_delete(queue)


async def _consumed(amqp_url: str, queue: str) -> None:
    """Wait until the queue is there and somebody consumes from it. Asking for one that is not closes a channel."""
    async with asyncio.timeout(IN_TIME), await aio_pika.connect(amqp_url) as connection:
        while True:
            with suppress(ChannelNotFoundEntity):
                found = await (await connection.channel()).declare_queue(queue, passive=True)
                if found.declaration_result.consumer_count:
                    return
            await asyncio.sleep(0.05)
