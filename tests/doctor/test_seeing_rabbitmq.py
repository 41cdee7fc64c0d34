"""Every finding about RabbitMQ, made to happen."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from builders import a_handover
from findings import SOON, a_deaf_server, amiss, falling_silent, one
from processes import Bot, Subscriber

from worker.core.diagnosis import Finding, State
from worker.doctor.broker import examine
from worker.topology import Topology, bindings

TOPOLOGY = Topology()
UNSEEN = ("subscribers", State.WARN)


async def seen(url: str, management_url: str | None = None) -> list[Finding]:
    return await examine(url, "here", TOPOLOGY, management_url)


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(amqp_url) as connection:
        yield await connection.channel()


async def keep(_: object) -> None:
    """Settle nothing."""


async def read(bot: Bot, *queues: str) -> None:
    """Be a consumer of the queues."""
    for queue in queues:
        await (await bot.channel.get_queue(queue, ensure=False)).consume(keep)


async def test_a_broker_that_is_well_is_well_but_for_what_amqp_does_not_tell(amqp_url: str, bot: Bot) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    findings = await seen(amqp_url)

    assert amiss(findings) == [UNSEEN]
    assert [finding.check for finding in findings] == [
        "rabbitmq",
        "topology",
        "consumers",
        "consumers",
        "consumers",
        "subscribers",
    ]
    assert one(findings, "rabbitmq").says.startswith("RabbitMQ ")


async def test_what_is_missing_is_named_and_not_made(amqp_url: str, channel: AbstractChannel) -> None:
    first, second = await seen(amqp_url), await seen(amqp_url)

    assert amiss(first) == [("topology", State.FAIL), UNSEEN]
    assert second[1:] == first[1:]
    assert one(first, "topology").says == (
        "not there, the worker makes them when it starts: exchange handover, exchange sessions,"
        " exchange handover.dlx, queue handover.dead-letters, queue handover.requests, queue handover.agents"
    )
    assert one(first, "topology").mend == "handover worker"
    with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
        await channel.declare_queue(TOPOLOGY.requests, passive=True)


async def test_objects_with_other_arguments_are_named(amqp_url: str, channel: AbstractChannel) -> None:
    await channel.declare_exchange(TOPOLOGY.sessions, aio_pika.ExchangeType.FANOUT, durable=True)
    queue = await channel.declare_queue(TOPOLOGY.requests, durable=True)
    await queue.consume(keep)
    findings = [
        finding for finding in await seen(amqp_url) if "other" in finding.says or "inequ" in finding.says
    ]

    exchange, requests = findings
    assert (
        "exchange sessions is not as declared, and the worker does not start: PRECONDITION_FAILED"
        in exchange.says
    )
    assert "queue handover.requests is not as declared" in requests.says
    assert requests.mend
    assert requests.mend.startswith("rabbitmqctl -p ")
    assert requests.mend.endswith(" delete_queue handover.requests --if-empty && handover worker")
    assert (
        await channel.declare_queue(TOPOLOGY.requests, passive=True)
    ).declaration_result.consumer_count == 1


async def test_a_queue_nobody_reads_is_named(amqp_url: str, bot: Bot) -> None:
    await bot.hand_over(a_handover())
    await read(bot, TOPOLOGY.agents)
    findings = await seen(amqp_url)

    assert amiss(findings) == [("consumers", State.FAIL), UNSEEN]
    [unread] = [finding for finding in findings if finding.state is State.FAIL]
    assert unread.says == "handover.requests: consumers 0, messages waiting 1; nobody reads it"
    assert unread.mend == "handover worker"


async def test_letters_of_the_broker_that_nobody_drains_are_named(amqp_url: str, bot: Bot) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    await bot.channel.default_exchange.publish(aio_pika.Message(b"?"), TOPOLOGY.dead_letters)

    assert amiss(await seen(amqp_url)) == [("consumers", State.WARN), UNSEEN]


async def test_looking_tells_subscribers_nothing(amqp_url: str, bot: Bot, subscriber: Subscriber) -> None:
    await seen(amqp_url)
    exchange = await bot.channel.get_exchange(TOPOLOGY.sessions, ensure=False)
    await exchange.publish(aio_pika.Message(b"the first"), "session.assigned.acme.-")
    async with asyncio.timeout(10):
        while not subscriber.bodies:
            await asyncio.sleep(0.01)

    assert subscriber.bodies == [b"the first"]
    assert await bot.waiting_messages(TOPOLOGY.requests) == 0


async def test_nobody_there_is_unreachable() -> None:
    [finding] = await seen("amqp://someone:hush@127.0.0.1:1/")

    assert (finding.check, finding.state, finding.unreachable) == ("rabbitmq", State.FAIL, True)
    assert "hush" not in f"{finding}"


async def test_somebody_who_never_answers_is_unreachable_and_soon_given_up_on() -> None:
    async with asyncio.timeout(SOON):
        with a_deaf_server() as place:
            [finding] = await seen(f"amqp://someone:hush@{place}/")

    assert finding.unreachable
    assert finding.says == "RabbitMQ at here is not reachable: no answer in time"


async def test_a_wrong_password_and_a_wrong_virtual_host_are_refusals(amqp_url: str) -> None:
    parts = urlsplit(amqp_url)
    stranger = parts._replace(netloc=f"someone:hush@{parts.netloc.rpartition('@')[2]}").geturl()
    for url in (stranger, parts._replace(path="/no_such").geturl()):
        [finding] = await seen(url)
        assert (finding.check, finding.state, finding.unreachable) == ("rabbitmq", State.FAIL, False)
        assert "refuses" in finding.says
        assert "hush" not in f"{finding}"


class Api(BaseHTTPRequestHandler):
    """RabbitMQ's management API as far as it is asked; 3.10.8 answers in this shape."""

    bound: ClassVar[dict[str, list[dict[str, Any]]]] = {}
    status: ClassVar[int] = 200
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        source = self.path.split("/")[4]
        body = json.dumps(self.bound.get(source, [])).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass


def a_binding(source: str, destination: str, key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": "/",
        "destination": destination,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
        "properties_key": key,
    }


@pytest.fixture
def api() -> Iterator[str]:
    Api.bound, Api.status = {}, 200
    Api.asked.clear()
    for each in bindings(TOPOLOGY):
        Api.bound.setdefault(each.exchange, []).append(a_binding(each.exchange, each.queue, each.key))
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_subscribers_are_seen_by_the_management_api(amqp_url: str, bot: Bot, api: str) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    Api.bound["sessions"] = [a_binding("sessions", "notifications", "#")]
    findings = await seen(amqp_url, f"http://{api}")

    assert amiss(findings) == []
    assert one(findings, "subscribers").says == "sessions is bound to notifications"
    vhost = urlsplit(amqp_url).path.removeprefix("/")
    assert {path for path, _ in Api.asked} == {
        f"/api/exchanges/{vhost}/{source}/bindings/source"
        for source in ("sessions", "handover", "handover.dlx")
    }


async def test_that_nobody_subscribes_is_said(amqp_url: str, bot: Bot, api: str) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    findings = await seen(amqp_url, f"http://{api}")

    assert amiss(findings) == [("subscribers", State.WARN)]
    assert one(findings, "subscribers").says.startswith("nobody subscribes to sessions")


async def test_what_is_missing_is_not_missed_again_for_its_bindings(amqp_url: str, api: str) -> None:
    Api.bound = {}
    assert amiss(await seen(amqp_url, f"http://{api}")) == [("topology", State.FAIL)]


async def test_a_binding_that_is_gone_is_named(amqp_url: str, bot: Bot, api: str) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    Api.bound["handover"].pop(0)
    findings = await seen(amqp_url, f"http://{api}")

    assert ("bindings", State.FAIL) in amiss(findings)
    assert one(findings, "bindings").says == "not bound, so nothing arrives: handover.requests"


@pytest.mark.parametrize(
    ("status", "why"), [(401, "it answers 401 Unauthorized"), (200, "does not speak as it does")]
)
async def test_a_management_api_that_fails_fails_nothing_else(
    amqp_url: str, bot: Bot, api: str, status: int, why: str
) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    Api.status = status
    Api.bound["sessions"] = [{"no": "binding"}]
    findings = await seen(amqp_url, f"http://admin:hush@{api}")

    assert amiss(findings) == [UNSEEN]
    assert why in one(findings, "subscribers").says
    assert "hush" not in f"{findings}"


async def test_a_management_api_that_is_away_fails_nothing_else(amqp_url: str, bot: Bot) -> None:
    await read(bot, TOPOLOGY.requests, TOPOLOGY.agents)
    assert amiss(await seen(amqp_url, "http://127.0.0.1:1")) == [UNSEEN]
    with a_deaf_server() as place:
        assert amiss(await seen(amqp_url, f"http://{place}")) == [UNSEEN]


@pytest.mark.usefixtures("bot")
async def test_somebody_who_falls_silent_is_given_up_on(amqp_url: str) -> None:
    """The connection was opened; then the broker answers nothing, not even that it closes."""
    parts = urlsplit(amqp_url)
    opened = b"\x00\x0a\x00\x29"
    silent = falling_silent(parts.hostname or "", parts.port or 5672, after=opened)
    async with asyncio.timeout(SOON), silent as place:
        login = parts.netloc.rpartition("@")[0]
        findings = await seen(parts._replace(netloc=f"{login}@{place}").geturl())

    assert one(findings[:1], "rabbitmq").state is State.OK
    assert any(finding.state is State.FAIL for finding in findings)
