"""Messages published together: every one of them is confirmed, or it is said why not."""

from collections.abc import AsyncIterator

import pytest
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from pamqp.commands import Basic

from worker.broker import LOST, open_channel
from worker.topology import Topology
from worker.window import Outgoing, publish

QUEUE = "window"


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[Channel]:
    async with open_channel(amqp_url, "test", Topology()) as opened:
        await opened.queue_declare(QUEUE, exclusive=True)
        yield opened


def a_message(body: bytes, queue: str = QUEUE) -> Outgoing:
    return Outgoing(queue, Basic.Properties(message_id=body[:10].decode() or "empty", delivery_mode=2), body)


async def published(channel: Channel, *messages: Outgoing) -> dict[int, Exception]:
    return await publish(channel, "", messages, within_seconds=10)


async def test_every_message_arrives_as_it_was_and_in_order(channel: Channel) -> None:
    bodies = [b"small", b"", b"a" * 300_000, *(str(number).encode() for number in range(200))]

    assert await published(channel, *map(a_message, bodies)) == {}

    messages = [await channel.basic_get(QUEUE, no_ack=True) for _ in bodies]
    assert [message.body for message in messages] == bodies
    assert [message.header.properties.message_id for message in messages[:3]] == ["small", "empty", "a" * 10]


async def test_windows_follow_each_other_and_the_clients_own_publish_on_one_channel(channel: Channel) -> None:
    await channel.basic_publish(b"1", routing_key=QUEUE)
    assert await published(channel, a_message(b"2"), a_message(b"3")) == {}
    await channel.basic_publish(b"4", routing_key=QUEUE)
    assert await published(channel, a_message(b"5")) == {}

    messages = [await channel.basic_get(QUEUE, no_ack=True) for _ in range(5)]
    assert [message.body for message in messages] == [b"1", b"2", b"3", b"4", b"5"]


async def test_what_the_broker_refuses_is_told_by_its_position(channel: Channel) -> None:
    await channel.queue_declare(
        "full", exclusive=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"}
    )

    refused = await published(channel, a_message(b"1"), a_message(b"2", "full"), a_message(b"3"))

    assert {position: type(error) for position, error in refused.items()} == {1: DeliveryError}


async def test_when_the_channel_dies_what_was_not_answered_is_unknown(channel: Channel) -> None:
    # An exchange that is not there: the broker closes the channel.
    unknown = await publish(channel, "nowhere", [a_message(b"1"), a_message(b"2")], within_seconds=10)

    assert list(unknown) == [0, 1]
    assert all(isinstance(error, LOST) for error in unknown.values())
    assert list(await published(channel, a_message(b"3"))) == [0]
