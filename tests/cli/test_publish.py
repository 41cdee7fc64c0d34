"""`handover publish`: what a bot would put on the queue, and the truth about what the broker took."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from chaos.proxy import in_front_of
from commands import handover, rows

from schemas import Handover as Event
from schemas import decode_handover
from worker.broker import place
from worker.topology import Topology, declare

EVENT = {
    "specversion": "1.0",
    "type": "handover.requested.v1",
    "id": "ce-1",
    "source": "/bots/refunds",
    "data": {"tenantId": "acme", "contactId": "254745050239", "extra": 1},
}
PLAIN = {"tenantId": "acme", "contactId": "254745050238", "name": "Wanjiku"}


@pytest.fixture
async def broker(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(amqp_url) as connection:
        yield await connection.channel()


@pytest.fixture
async def declared(broker: AbstractChannel) -> AbstractChannel:
    await declare(broker, Topology())
    return broker


async def _bodies(channel: AbstractChannel) -> list[aio_pika.abc.AbstractIncomingMessage]:
    queue = await channel.declare_queue(Topology().requests, passive=True)
    messages = []
    while message := await queue.get(no_ack=True, fail=False):
        messages.append(message)
    return messages


def _event(message: aio_pika.abc.AbstractIncomingMessage) -> Event:
    return decode_handover(
        message.body,
        content_type=message.content_type,
        headers=message.headers,
        message_id=message.message_id,
    )


async def test_flags_make_the_event_a_bot_would_send(
    declared: AbstractChannel, environment: dict[str, str]
) -> None:
    result = handover(
        environment,
        *(
            "publish",
            "--tenant",
            "acme",
            "--contact",
            "+254 745 050 238",
            "--name",
            "Wanjiku",
            "--team",
            "t-1",
        ),
        *("--skill", "swahili", "--priority", 5, "--context", '{"order": 7}', "--id", "e-1", "--json"),
    )
    assert rows(result) == [{"id": "e-1", "status": "confirmed"}]
    (message,) = await _bodies(declared)
    assert (message.message_id, message.content_type) == ("e-1", "application/cloudevents+json")
    assert (message.delivery_mode, message.type) == (
        aio_pika.DeliveryMode.PERSISTENT,
        "handover.requested.v1",
    )
    event = _event(message)
    assert event.asked_at is not None
    assert event == Event(
        event_id="e-1",
        asked_at=event.asked_at,
        tenant_id="acme",
        contact_id="254745050238",
        contact_name="Wanjiku",
        team_id="t-1",
        skills=("swahili",),
        priority=5,
        context={"order": 7},
    )


async def test_an_id_that_is_not_given_is_made_up_and_printed(
    declared: AbstractChannel, environment: dict[str, str]
) -> None:
    result = handover(environment, "publish", "--tenant", "acme", "--contact", "254745050238")
    (message,) = await _bodies(declared)
    assert (result.returncode, result.stdout) == (0, f"{message.message_id}\n")


async def test_a_bad_line_is_named_and_the_others_are_published(
    declared: AbstractChannel, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "handovers.jsonl"
    lines = [json.dumps({**PLAIN, "id": "e-1"}), '{"tenantId": "acme"}', "", "junk", json.dumps(EVENT)]
    file.write_text("\n".join(lines))
    result = handover(environment, "publish", "--file", file)
    assert (result.returncode, result.stdout) == (4, "e-1\nce-1\n")
    second, fourth, last = result.stderr.splitlines()
    assert second == "handover: line 2: contactId is missing; it is required"
    assert fourth.startswith("handover: line 4: not UTF-8 JSON: ")
    assert last == "handover: 2 handovers confirmed, 2 failed"
    plain, whole = await _bodies(declared)
    assert (_event(plain).contact_name, _event(plain).event_id) == ("Wanjiku", "e-1")
    assert json.loads(whole.body) == EVENT


async def test_many_lines_of_stdin_arrive_in_order(
    declared: AbstractChannel, environment: dict[str, str]
) -> None:
    ids = [f"e-{number}" for number in range(1200)]
    result = handover(
        environment,
        "publish",
        "--file",
        "-",
        stdin="".join(f"{json.dumps({**PLAIN, 'id': i})}\n" for i in ids),
    )
    assert (result.returncode, result.stdout.split()) == (0, ids)
    assert [message.message_id for message in await _bodies(declared)] == ids


async def test_when_every_line_is_bad_all_has_failed(
    declared: AbstractChannel, environment: dict[str, str]
) -> None:
    result = handover(
        environment, "publish", "--file", "-", stdin='junk\n{"tenantId": "acme", "contactId": "1", "id": 7}\n'
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "line 2: id must be a string" in result.stderr
    assert await _bodies(declared) == []


async def test_no_lines_is_nothing_to_do(declared: AbstractChannel, environment: dict[str, str]) -> None:
    assert rows(handover(environment, "publish", "--file", "-")) == []
    assert await _bodies(declared) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tenant", "acme"), "--contact is missing"),
        (("--tenant", "acme", "--contact", "anna"), "contactId holds no digits"),
        (("--tenant", "acme", "--contact", "1", "--context", "{"), "--context is not JSON"),
        (("--tenant", "acme", "--contact", "1", "--context", "[]"), "context: input should be"),
        (("--file", "-", "--tenant", "acme"), "with --file the lines say it all"),
        (("--file", "/no/such/file"), "/no/such/file cannot be read"),
    ],
)
def test_what_nobody_could_act_on_is_refused(
    environment: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    result = handover(environment, "publish", *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


async def test_an_event_that_no_queue_takes_is_not_published(
    broker: AbstractChannel, environment: dict[str, str]
) -> None:
    await broker.declare_exchange(Topology().exchange, aio_pika.ExchangeType.TOPIC, durable=True)
    one = handover(environment, "publish", "--tenant", "acme", "--contact", "1")
    assert (one.returncode, one.stdout) == (1, "")
    assert "no queue takes handover.requested from exchange 'handover'" in one.stderr
    file = handover(environment, "publish", "--file", "-", stdin=json.dumps(PLAIN))
    assert (file.returncode, file.stdout) == (1, "")


def test_an_exchange_that_is_not_there_is_not_found(environment: dict[str, str]) -> None:
    result = handover(environment, "publish", "--tenant", "acme", "--contact", "1")
    assert (result.returncode, result.stdout) == (3, "")
    assert "no exchange 'handover'" in result.stderr


def test_a_broker_that_is_away_is_named_without_its_password(environment: dict[str, str]) -> None:
    for words in (("publish", "--tenant", "acme", "--contact", "1"), ("publish", "--file", "-"), ("watch",)):
        result = handover(environment, *words, AMQP_URL="amqp://someone:hush@127.0.0.1:1/nothing")
        assert (result.returncode, result.stdout) == (5, "")
        assert result.stderr.startswith("handover: RabbitMQ at 127.0.0.1:1/nothing is not reachable: ")
        assert result.stderr.count("\n") == 1
        assert "hush" not in result.stderr


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("words", [("--tenant", "acme", "--contact", "1"), ("--file", "-")])
async def test_a_broker_that_falls_silent_before_it_confirms_is_away(
    amqp_url: str, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    async with in_front_of(f"{amqp_url}?heartbeat=1") as (url, proxy):

        def fall_silent(chunk: bytes) -> bool:
            proxy.up.deaf = proxy.down.deaf = proxy.down.deaf or b"handover.requested.v1" in chunk
            return False

        proxy.watch = fall_silent
        result = await asyncio.to_thread(
            handover, environment, "publish", *words, AMQP_URL=url, stdin=json.dumps(PLAIN)
        )
    assert (result.returncode, result.stdout) == (5, "")
    assert f"RabbitMQ at {place(url)} is not reachable: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broker_that_refuses_us_is_no_outage(amqp_url: str, environment: dict[str, str]) -> None:
    parts = urlsplit(amqp_url)
    wrong = parts._replace(netloc=f"nobody:hush@{parts.netloc.rpartition('@')[2]}").geturl()
    result = handover(environment, "publish", "--tenant", "acme", "--contact", "1", AMQP_URL=wrong)
    assert (result.returncode, result.stdout) == (1, "")
    assert "refuses the user or the password" in result.stderr
    assert "hush" not in result.stderr
