"""A handover that names a queue in `reply_to` is answered there, and nobody else is the worse for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from builders import a_handover, given_agents
from processes import IN_TIME, Bot, StartWorkers, Subscriber

from schemas import CONTENT_TYPE, Handover, decode_session_event, encode_handover
from worker.servers import Servers
from worker.servers.started import CtlVhosts
from worker.topology import Topology, queues

USER = "handover-without-replies"


class Asking:
    """A bot with a queue for answers that goes when it does."""

    def __init__(self, bot: Bot, queue: AbstractQueue) -> None:
        self.bot, self.queue = bot, queue
        self.answers: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()

    async def ask(self, handover: Handover, *, reply_to: str | None = None, **properties: Any) -> None:
        await self.bot.publish(
            encode_handover(handover, source="/tests"),
            content_type=CONTENT_TYPE,
            message_id=handover.event_id,
            reply_to=reply_to or self.queue.name,
            **properties,
        )

    async def answer(self) -> AbstractIncomingMessage:
        async with asyncio.timeout(IN_TIME):
            return await self.answers.get()


@pytest.fixture
async def asking(bot: Bot) -> AsyncIterator[Asking]:
    queue = await bot.channel.declare_queue(exclusive=True)
    asking = Asking(bot, queue)
    await queue.consume(asking.answers.put, no_ack=True)
    yield asking
    await queue.delete(if_unused=False, if_empty=False)


async def test_the_answer_is_the_session_event_with_the_correlation_of_the_question(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection)
    await start_workers()
    await asking.ask(a_handover(event_id="e-1"), correlation_id="question 1")
    answer = await asking.answer()

    await subscriber.until(1)
    event = decode_session_event(answer.body)
    assert answer.body == subscriber.bodies[0]
    assert (event.what, event.agent_id, event.handover_id) == ("assigned", agent, "e-1")
    assert (answer.correlation_id, answer.message_id) == ("question 1", str(event.event_id))
    assert (answer.type, answer.content_type) == ("session.assigned.v1", CONTENT_TYPE)


async def test_a_question_without_a_correlation_is_known_by_its_event(
    start_workers: StartWorkers, asking: Asking
) -> None:
    await start_workers()
    await asking.ask(a_handover(event_id="e-1"))
    answer = await asking.answer()
    event = decode_session_event(answer.body)
    assert (answer.correlation_id, event.what, event.reason) == ("e-1", "waiting", "no_agents")


async def test_each_of_many_gets_its_own_answer(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking
) -> None:
    await given_agents(connection, 3)
    await start_workers(2)
    for number in range(200):
        await asking.ask(a_handover(str(number % 50), event_id=f"e-{number}"))
    answers = [await asking.answer() for _ in range(200)]
    events = {answer.correlation_id: decode_session_event(answer.body) for answer in answers}
    assert {name: event.handover_id for name, event in events.items()} == {
        f"e-{number}": f"e-{number}" for number in range(200)
    }
    assert all(event.contact_id == str(int(name[2:]) % 50) for name, event in events.items() if name)


@pytest.mark.parametrize("queue", [*queues(Topology()), "gone", "x" * 255])
async def test_a_queue_of_the_worker_or_one_that_is_gone_gets_nothing_and_stops_nobody(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking, queue: str
) -> None:
    [worker] = await start_workers()
    await asking.ask(a_handover("1"), reply_to=queue)
    await asking.ask(a_handover("2"))

    assert decode_session_event((await asking.answer()).body).contact_id == "2"
    assert await worker.stop() == 0
    for own in queues(Topology()):
        assert await asking.bot.waiting_messages(own) == 0
    assert await connection.fetchval("select count(*) from handover.dead_letters") == 0


async def test_a_queue_that_refuses_costs_only_its_own_answers(
    start_workers: StartWorkers, asking: Asking, subscriber: Subscriber
) -> None:
    [worker] = await start_workers()
    full = await asking.bot.channel.declare_queue(
        exclusive=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"}
    )
    await asking.ask(a_handover("1"), reply_to=full.name)
    await worker.logged("replies_lost", count=1)
    await asking.ask(a_handover("2"))

    assert decode_session_event((await asking.answer()).body).contact_id == "2"
    assert [event.contact_id for event in await subscriber.until(2)] == ["1", "2"]
    assert not [line for line in worker.lines if line["event"] in ("publish_failed", "broker_away")]


@pytest.fixture
def who_may_not_answer(servers: Servers, amqp_url: str) -> Iterator[str]:
    """The URL for a user who may do everything but write to the default exchange."""
    vhosts, vhost = servers._vhosts, urlsplit(amqp_url).path.removeprefix("/")
    if not isinstance(vhosts, CtlVhosts):
        pytest.skip("a broker that is given makes no users for us")
    vhosts.ctl("add_user", USER, USER)
    vhosts.ctl("set_permissions", "-p", vhost, USER, ".*", r"^(?!amq\.default$).*$", ".*")
    place = urlsplit(amqp_url)
    yield place._replace(netloc=f"{USER}:{USER}@{place.hostname}:{place.port}").geturl()
    vhosts.ctl("delete_user", USER)


async def test_a_worker_that_may_not_answer_does_all_the_rest(
    start_workers: StartWorkers, asking: Asking, subscriber: Subscriber, who_may_not_answer: str
) -> None:
    [worker] = await start_workers(AMQP_URL=who_may_not_answer)
    for number in ("1", "2"):
        await asking.ask(a_handover(number))
        await worker.logged("replies_lost", count=1)
    await asking.bot.hand_over(a_handover("3"))

    events = await subscriber.until(3)
    assert [event.contact_id for event in events] == ["1", "2", "3"]
    assert not [line for line in worker.lines if line["event"] == "publish_failed"]
    assert await worker.stop() == 0


async def test_a_conflict_learns_nothing_of_the_other_contact(
    start_workers: StartWorkers, asking: Asking
) -> None:
    [worker] = await start_workers()
    await asking.ask(a_handover("1", event_id="e-1"), correlation_id="first")
    await asking.ask(a_handover("2", event_id="e-1"), correlation_id="second")
    await worker.logged("dead_lettered", reason="conflict")
    await asking.ask(a_handover("3", event_id="e-3"), correlation_id="third")

    answers = [await asking.answer() for _ in range(2)]
    assert [answer.correlation_id for answer in answers] == ["first", "third"]
    assert asking.answers.empty()


async def test_what_was_asked_before_the_worker_stops_is_answered(
    start_workers: StartWorkers, asking: Asking
) -> None:
    [worker] = await start_workers()
    await asking.ask(a_handover("1"))
    await worker.logged("handed_over")
    assert await worker.stop() == 0
    assert decode_session_event((await asking.answer()).body).contact_id == "1"


async def test_a_redelivery_is_answered_with_what_has_become_of_it_since(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking, subscriber: Subscriber
) -> None:
    await start_workers()
    await asking.ask(a_handover(event_id="e-1"), correlation_id="first")
    waiting = await asking.answer()
    await asking.ask(a_handover(event_id="e-1"), correlation_id="again")
    still_waiting = await asking.answer()
    [agent] = await given_agents(connection)
    await subscriber.until(2)
    await asking.ask(a_handover(event_id="e-1"), correlation_id="once more")
    assigned = await asking.answer()

    assert decode_session_event(still_waiting.body) == decode_session_event(waiting.body)
    assert (still_waiting.correlation_id, still_waiting.message_id) == ("again", waiting.message_id)
    assert decode_session_event(assigned.body) == subscriber.events[1]
    assert decode_session_event(assigned.body).agent_id == agent
    assert (assigned.correlation_id, assigned.type) == ("once more", "session.assigned.v1")
    assert len(subscriber.events) == 2


@pytest.mark.parametrize(
    "end",
    [
        "delete from inbox_sessions",
        "update inbox_sessions set status = 'resolved'",
        "update handover.assignments set what = 'released'",
    ],
)
async def test_a_redelivery_of_a_session_that_is_with_nobody_any_more_is_not_answered(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking, end: str
) -> None:
    [worker] = await start_workers()
    await asking.ask(a_handover("1", event_id="e-1"), correlation_id="first")
    await asking.answer()
    await connection.execute(end)
    await asking.ask(a_handover("1", event_id="e-1"), correlation_id="again")
    await worker.logged("redelivered", count=1)
    await asking.ask(a_handover("2", event_id="e-2"), correlation_id="second")

    assert (await asking.answer()).correlation_id == "second"
    assert await worker.stop() == 0
    assert asking.answers.empty()


async def test_a_look_up_that_is_refused_costs_only_those_who_ask_again(
    connection: asyncpg.Connection, start_workers: StartWorkers, asking: Asking, rival: asyncpg.Connection
) -> None:
    [worker] = await start_workers()
    await asking.ask(a_handover("1", event_id="e-1"))
    await asking.answer()
    async with rival.transaction():
        await rival.execute("lock table handover.agents in access exclusive mode")
        await asking.ask(a_handover("1", event_id="e-1"))
        lost = await worker.logged("replies_lost", count=1)
    await asking.ask(a_handover("2", event_id="e-2"))

    assert decode_session_event((await asking.answer()).body).contact_id == "2"
    assert "lock" in lost["error"] or "Timeout" in lost["error"]
    assert await connection.fetchval("select count(*) from handover.dead_letters") == 0
