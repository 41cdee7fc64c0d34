"""The rights README.md tells to give are enough for a whole worker and for every command, and no more than these."""

import asyncio
import json
import re
import secrets
import shlex
from collections import defaultdict
from urllib.parse import urlsplit
from uuid import UUID

import aio_pika
import asyncpg
import pytest
import readme
from aiormq.exceptions import ChannelAccessRefused
from builders import TENANT, a_handover, given_agents, handed_over
from chaos.servers import Servers
from commands import handover
from consoles import Open
from processes import IN_TIME, Bot, StartWorkers, Subscriber
from pydantic_core import to_json
from visiting import AS, Visitor, looking

import handover_client as client
from schemas import SessionEvent
from worker.cli.failures import Code
from worker.console.app import ENDPOINTS
from worker.doctor.needs import RIGHTS
from worker.migrations import migrate
from worker.topology import SESSION_ACCEPT, Topology

WORKER, OPERATOR = "handover_worker", "handover_operator"
GRANTS = readme.blocks("sql")[-1]
PERMISSIONS = [
    shlex.split(step.command)[1:] for step in readme.steps() if step.command.startswith("rabbitmqctl ")
]
OPERATORS: dict[str, tuple[str, ...]] = {
    "inbox_sessions": ("delete",),
    "inbox_messages": ("select", "update", "delete"),
    "handover.teams": ("insert", "update"),
    "handover.agents": ("insert", "delete"),
    "handover.team_members": ("insert", "delete"),
    "handover.dead_letters": ("delete",),
    "handover.replays": ("insert", "update"),
    "handover.replay_letters": ("insert",),
}
"""What the commands need beyond what a worker does; `update` of what is only locked included."""
TROUBLE = ("denied", "refused", "ACCESS_REFUSED", "does not let")


@pytest.fixture
async def database(breakable: Servers) -> str:
    """The url of its owner."""
    url = breakable.postgres.url_of_primary(await breakable.add_database())
    await migrate(url)
    return url


@pytest.fixture
async def amqp_url(breakable: Servers) -> str:
    """The url of a user who may do anything."""
    return await breakable.add_vhost()


class Logins:
    """Users of this test's own, with the rights README.md gives to those of that name."""

    def __init__(self, database: str, amqp_url: str) -> None:
        self._database, self._amqp_url = database, amqp_url
        self._mark, self._password = secrets.token_hex(4), secrets.token_hex(8)

    async def make(self, connection: asyncpg.Connection, breakable: Servers) -> None:
        statements = re.sub("PASSWORD '.*?'", f"PASSWORD '{self._password}'", GRANTS)
        await connection.execute(re.sub(f"({WORKER}|{OPERATOR})", rf"\1_{self._mark}", statements))
        vhost = urlsplit(self._amqp_url).path.removeprefix("/")
        for command, _, _, user, *patterns in PERMISSIONS:
            await breakable.do(breakable.rabbit.ctl, "add_user", self._named(user), self._password)
            await breakable.do(breakable.rabbit.ctl, command, "-p", vhost, self._named(user), *patterns)

    def amqp(self, user: str) -> str:
        return self._as(user, self._amqp_url)

    def environment(self, user: str) -> dict[str, str]:
        return {"DATABASE_URL": self._as(user, self._database), "AMQP_URL": self.amqp(user)}

    def _named(self, user: str) -> str:
        return f"{user}_{self._mark}"

    def _as(self, user: str, url: str) -> str:
        parts = urlsplit(url)
        login = f"{self._named(user)}:{self._password}"
        return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()


@pytest.fixture
async def logins(connection: asyncpg.Connection, breakable: Servers, database: str, amqp_url: str) -> Logins:
    made = Logins(database, amqp_url)
    await made.make(connection, breakable)
    return made


@pytest.fixture
async def environment(environment: dict[str, str], logins: Logins) -> dict[str, str]:
    """A worker's."""
    return {**environment, **logins.environment(WORKER)}


def test_the_grants_are_what_doctor_looks_for() -> None:
    granted: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for rights, relations, role in re.findall(r"^GRANT (.*) ON (.*) TO (\w+);$", GRANTS, re.MULTILINE):
        granted[role] |= {(r, right) for r in relations.split(", ") for right in rights.lower().split(", ")}

    def needed(rights: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
        return {(relation, right) for relation, each in rights.items() for right in each}

    besides = {("SCHEMA handover", "usage"), ("handover.alembic_version", "select")}
    assert granted == {WORKER: needed(RIGHTS) | besides, OPERATOR: needed(OPERATORS)}


async def test_a_worker_does_all_it_does(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 2, status="offline")
    await connection.execute(
        "insert into handover.tenants (tenant_id, on_offline, grace_seconds, accept_seconds)"
        " values ('acme', 'release-unaccepted', 0, 2)"
    )
    await handed_over(connection, a_handover("0"))
    await connection.execute("update handover.handled_events set handled_at = now() - interval '1 year'")
    [worker] = await start_workers(
        HANDOVER_DRAIN_SECONDS="0.2", HANDOVER_SWEEP_SECONDS="0.1", HANDOVER_LEASE_SECONDS="1"
    )

    await worker.logged("forgotten")
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 s'")
    await worker.logged("swept")
    await bot.hand_over(a_handover("1"))
    for agent in agents:
        await bot.publish(_says(agent, status="online"), routing_key="agent.status_changed")
    await worker.logged("drained")
    await bot.hand_over(a_handover("1"))
    await worker.logged("passed_on")
    [first, *_] = subscriber.events
    for agent in agents:
        await bot.publish(_says(agent, sessionId=first.session_id), routing_key=SESSION_ACCEPT)
    for agent in agents:
        await bot.publish(_says(agent, status="offline"), routing_key="agent.status_changed")
    await worker.logged("released")
    await bot.publish(b"{", message_id="no JSON")
    await worker.logged("dead_lettered", reason="invalid-json")
    await bot.channel.default_exchange.publish(aio_pika.Message(b"{}"), Topology().dead_letters)
    await worker.logged("dead_lettered", reason="failed")

    assert await worker.stop() == 0
    assert [line for line in worker.text.splitlines() if any(word in line for word in TROUBLE)] == []


async def test_an_operator_does_all_that_commands_do(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    environment: dict[str, str],
    logins: Logins,
) -> None:
    operator = {**environment, **logins.environment(OPERATOR)}

    async def done(*words: object) -> list[str]:
        result = await asyncio.to_thread(handover, operator, *words)
        assert (result.returncode, [w for w in TROUBLE if w in result.stderr]) == (0, []), (
            words,
            result.stderr,
        )
        return result.stdout.splitlines()

    async def made(*words: object) -> object:
        [line] = await done(*words, "--json")
        return json.loads(line)["id"]

    [worker] = await start_workers()
    of, contact = "--tenant=acme", "--contact=1"
    team = await made("teams", "add", of, "--name=sales")
    agent = await made("agents", "add", of, "--name=Amina", f"--team={team}")
    await done("teams", "set", team, "--default")
    await done("tenants", "set", "acme", "--grace-seconds=1")
    await done("agents", "set", agent, "--status=online", "--no-teams")
    await done("agents", "set", agent, f"--team={team}", "--skill=swahili")
    watching = asyncio.ensure_future(done("watch", "--count=1", "--json"))
    while not watching.done():
        await done("publish", of, contact)
        await asyncio.sleep(0.1)
    await connection.execute("""insert into inbox_messages ("sessionId", "tenantId", "contactId", direction)
                                select id, "tenantId", "contactId", 'inbound' from inbox_sessions""")
    for command in ("reset", "resolve", "delete"):
        await done("sessions", command, of, contact, "--yes")
    await done("sessions", "list", of)
    await done("sessions", "drain")
    await bot.hand_over(a_handover("2", event_id="a"))
    await bot.hand_over(a_handover("3", event_id="a"))
    letter = (await worker.logged("dead_lettered", reason="conflict"))["letter_id"]
    await done("sessions", "explain", of, "--contact=2")
    await done("dead-letters", "discard", letter, "--yes")
    await done("dead-letters", "restore", letter)
    await done("dead-letters", "edit", letter, "--set", "data.priority=5")
    await bot.publish(b"{", message_id="b")
    other = (await worker.logged("dead_lettered", reason="invalid-json"))["letter_id"]
    words = ("dead-letters", "replay", other, "--force")
    again = await asyncio.to_thread(handover, operator, *words)
    assert (again.returncode, [word for word in TROUBLE if word in again.stderr]) == (Code.PARTLY, [])
    await done("dead-letters", "discard", other, "--yes")
    await done("dead-letters", "purge", "--older-than=1s", "--yes")
    for command in ("list", "groups", "history"):
        await done("dead-letters", command)
    await done("agents", "remove", agent, "--yes")
    found = [json.loads(line) for line in await done("doctor", "--json")]
    assert [each["state"] for each in found if each["check"] == "rights"] == ["ok"]


async def test_a_console_is_content_with_the_rights_of_an_operator(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    open_console: Open,
    logins: Logins,
) -> None:
    [worker] = await start_workers()
    console = await open_console(**logins.environment(OPERATOR))
    visitor = Visitor((await console.logged("console_open"))["address"])
    await visitor.log_in()
    async with looking(visitor.address) as stream:
        await bot.hand_over(a_handover("1", event_id="a"), a_handover("2"))
        session = (await stream.until("session"))["id"]
        await bot.hand_over(a_handover("3", event_id="a"))
        letter = (await worker.logged("dead_lettered", reason="conflict"))["letter_id"]
        for endpoint in ENDPOINTS:
            if endpoint.method == "GET" and endpoint.path != "/api/story":
                item = letter if "letters" in endpoint.path else session
                await visitor.get(endpoint.path.replace("{id}", str(item)))
        for act in ("release", "resolve", "delete"):
            await visitor.did(f"/api/sessions/{session}/{act}")
        for act in ("discard", "restore"):
            await visitor.did(f"/api/letters/{act}", {"ids": [letter]})
        await visitor.did(f"/api/letters/{letter}/edit", {"set": ["data.priority=5"]})
        ended = await stream.until("replay", lambda told: told["state"] != "running")
        health = await stream.until("health", lambda told: told["workers"] and told["queues"])

    assert ended["outcomes"] == {"replayed": 1}
    assert (health["troubles"], None in health["queues"].values()) == ({}, False)
    assert await connection.fetchval("select count(*) from handover.replays where actor = $1", AS) == 3
    assert [line for line in console.text.splitlines() if any(word in line for word in TROUBLE)] == []


async def test_who_asks_is_answered_and_who_subscribes_is_told(
    connection: asyncpg.Connection, start_workers: StartWorkers, logins: Logins
) -> None:
    await given_agents(connection)
    [worker] = await start_workers()
    told: asyncio.Queue[SessionEvent] = asyncio.Queue()
    subscriber = client.Subscriber(logins.amqp("notifications"), "notifications", versions=client.InMemory())
    telling = asyncio.ensure_future(subscriber.run(told.put))
    async with client.Publisher(logins.amqp("bot"), source="/tests") as bot, asyncio.timeout(IN_TIME):
        answers = [await bot.ask(a_handover("1"))]
        while told.empty():
            answers.append(await bot.ask(a_handover("1")))

    telling.cancel()
    assert None not in answers
    assert await worker.stop() == 0
    assert [line for line in worker.text.splitlines() if any(word in line for word in TROUBLE)] == []


@pytest.mark.usefixtures("bot")
async def test_bots_and_subscribers_may_do_their_part_and_nothing_else(logins: Logins) -> None:
    async with await aio_pika.connect(logins.amqp("notifications")) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("notifications", durable=True)
        await queue.bind(Topology().sessions, "#")
        with pytest.raises(ChannelAccessRefused):
            await queue.bind(Topology().exchange, "#")
    async with await aio_pika.connect(logins.amqp("bot")) as connection:
        exchange = await (await connection.channel()).get_exchange(Topology().exchange, ensure=False)
        await exchange.publish(aio_pika.Message(b"{}"), "handover.requested")
        channel = await connection.channel()
        with pytest.raises(ChannelAccessRefused):
            await (await channel.get_queue(Topology().requests, ensure=False)).get()


def _says(agent: UUID, **said: object) -> bytes:
    return to_json({"tenantId": TENANT, "agentId": agent, **said})
