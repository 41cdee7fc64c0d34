"""`dead-letters replay` with real workers: replayed means handled."""

from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from letterbox import at, given_letter, given_mallory, given_no_mallory, states, the_letter
from operators import dead_letters, lines, outcomes
from processes import Bot, StartWorkers, Subscriber

from worker.topology import Topology

BROKEN = b'{"tenantId": "acme"}'

pytestmark = pytest.mark.usefixtures("one_agent")


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


async def test_a_mixed_lot_is_reported_each_as_it_is(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_no_mallory(connection)
    await start_workers()
    expected = {
        await given_letter(connection, a_handover("254700000001", event_id="fixed")): "replayed",
        await given_letter(connection, body=BROKEN, properties={"message_id": "b"}): "broken",
        await given_letter(connection, a_handover("254700000003", event_id="handled")): "handled",
        await given_letter(connection, a_handover("254700000004", event_id="old")): "superseded",
        (still := await given_mallory(connection, "254700000005", "still")): "failed",
    }
    await handed_over(
        connection, a_handover("254700000003", event_id="handled"), a_handover("254700000004", event_id="new")
    )

    result = await dead_letters(environment, "replay", "--all", "--json")

    assert (result.returncode, outcomes(result)) == (4, expected)
    assert result.stderr == "handover: 1 replayed, 1 broken, 1 handled, 1 superseded, 1 failed\n"
    after = {letter: "replayed" if what == "replayed" else "open" for letter, what in expected.items()}
    assert await states(connection) == after
    assert (await the_letter(connection, still))["attempts"] == 2
    recorded = await connection.fetch("select letter_id, outcome from handover.replay_letters")
    assert {row["letter_id"]: row["outcome"] for row in recorded} == expected


async def test_a_rehearsal_says_the_same_and_does_nothing(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_letter(connection, a_handover("254700000001"), error="desk 1 is away")
    await given_letter(connection, a_handover("254700000003", event_id="handled"), error="desk 3 is away")
    await given_letter(connection, a_handover("254700000004"), error="desk 4 is away")
    await given_letter(connection, body=BROKEN, properties={"message_id": "b"}, reason="invalid-event")
    await handed_over(connection, a_handover("254700000003", event_id="handled"), a_handover("254700000004"))
    before = await states(connection)

    result = await dead_letters(environment, "replay", "--all", "--dry-run", "--json")

    assert result.returncode == 0
    desks, broken = lines(result)
    assert (desks["count"], desks["sent"]) == (3, 1)
    assert desks["would"] == {"replay": 1, "broken": 0, "handled": 1, "superseded": 1}
    assert broken["would"] == {"replay": 0, "broken": 1, "handled": 0, "superseded": 0}
    assert broken["detail"] == "contactId is missing; it is required"
    assert await states(connection) == before
    assert await connection.fetchval("select count(*) from handover.replays") == 0


async def test_force_sends_those_too(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    expected = {
        await given_letter(connection, a_handover("254700000003", event_id="handled")): "replayed",
        await given_letter(connection, a_handover("254700000004", event_id="old")): "replayed",
        await given_letter(connection, body=b"{", properties={"message_id": "b"}): "failed",
        await given_letter(connection, body=b'{"tenantId": "acme", "contactId": "1"}'): "broken",
    }
    await handed_over(
        connection, a_handover("254700000003", event_id="handled"), a_handover("254700000004", event_id="new")
    )

    result = await dead_letters(environment, "replay", "--all", "--force", "--json")

    assert (result.returncode, outcomes(result)) == (4, expected)


async def test_the_message_goes_as_it_came_to_the_queue_alone(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot
) -> None:
    """Byte for byte, under the properties it had, but for what was the broker's and what must not be again."""
    body = b' {"tenantId": "acme", "contactId":"254700000001" , "x":1.50} '
    headers = {
        "ce-id": "e",
        "ce-type": "handover.requested.v1",
        "ce-specversion": "1.0",
        "CC": ["handover.agents"],
    }
    properties = {
        "content_type": "application/json",
        "message_id": "m",
        "correlation_id": "c",
        "message_type": "t",
        "reply_to": "r",
        "priority": 3,
        "timestamp": "2026-01-05 09:30:00+00:00",
        "user_id": "somebody-else",
        "expiration": "1",
        "headers": {**headers, "x-death": [{"count": 1}]},
    }
    letter = await given_letter(connection, body=body, properties=properties)

    result = await dead_letters(environment, "replay", letter, "--wait", 0.2, "--json")

    assert (result.returncode, outcomes(result)) == (4, {letter: "unknown"})
    queue = await bot.channel.get_queue(Topology().requests)
    message = await queue.get(no_ack=True)
    assert message is not None
    assert (message.body, message.content_type, message.message_id) == (body, "application/json", "m")
    assert (message.correlation_id, message.type, message.reply_to) == ("c", "t", "r")
    assert (message.priority, message.timestamp, message.delivery_mode) == (3, at(9, 30), 2)
    assert (message.user_id, message.expiration) == (None, None)
    added = {"x-handover-replay", "x-handover-letter"}
    assert message.headers.keys() - {"x-delivery-count"} == (headers.keys() - {"CC"}) | added
    assert await bot.waiting_messages(Topology().agents) == 0


async def test_a_cloud_event_without_an_amqp_id_comes_back_as_the_same_letter(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_no_mallory(connection)
    await start_workers()
    handover = a_handover(contact_name="Mallory")
    letter = await given_letter(connection, handover, properties={"message_id": None})

    result = await dead_letters(environment, "replay", letter, "--json")

    assert outcomes(result) == {letter: "failed"}
    assert (await the_letter(connection, letter))["attempts"] == 2
    assert await states(connection) == {letter: "open"}


@pytest.mark.parametrize(
    ("queue", "headers"),
    [("handover.agents", {}), ("handover.dead-letters", {"x-first-death-queue": "handover.agents"})],
)
async def test_what_agents_do_is_never_sent_to_the_queue_of_handovers(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot, queue: str, headers: dict[str, str]
) -> None:
    properties = {"message_id": "m", "headers": headers}
    letter = await given_letter(connection, body=b'{"agentId": "x"}', properties=properties, queue=queue)

    result = await dead_letters(environment, "replay", letter, "--force", "--json")

    assert (result.returncode, outcomes(result)) == (4, {letter: "broken"})
    assert "it came by queue handover.agents, where no handovers are" in lines(result)[0]["detail"]
    assert await bot.waiting_messages(Topology().requests) == 0


async def test_a_contacts_letters_are_handled_oldest_first_however_many_workers_there_are(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    subscriber: Subscriber,
) -> None:
    await start_workers(3)
    for n in range(12):
        event = a_handover(f"25470000000{n % 3}", event_id=f"e-{n:02}")
        await given_letter(connection, event, at=at(9, 59 - n))

    result = await dead_letters(environment, "replay", "--all")

    assert result.returncode == 0, result.stderr
    events = await subscriber.until(12)
    for contact in range(3):
        found = {e.session_version: e.handover_id for e in events if e.contact_id == f"25470000000{contact}"}
        expected = [f"e-{n:02}" for n in range(11, -1, -1) if n % 3 == contact]
        assert [found[version] for version in sorted(found)] == expected


@pytest.mark.usefixtures("bot")
async def test_a_contacts_next_letter_waits_for_the_outcome_of_the_one_before(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    first = await given_letter(connection, a_handover("1", event_id="first"), at=at(9))
    second = await given_letter(connection, a_handover("1", event_id="second"), at=at(10))
    other = await given_letter(connection, a_handover("2"), at=at(11))

    result = await dead_letters(environment, "replay", "--all", "--wait", 0.3, "--json")

    assert outcomes(result) == {first: "unknown", second: "not_sent", other: "unknown"}


async def test_an_older_letter_replayed_before_is_no_newer_handover(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    first = await given_letter(connection, a_handover(event_id="first"), at=at(9))
    second = await given_letter(connection, a_handover(event_id="second"), at=at(10))
    third = await given_letter(connection, a_handover(event_id="third"), at=at(8))
    assert (await dead_letters(environment, "replay", first)).returncode == 0

    result = await dead_letters(environment, "replay", "--all", "--json")

    assert (result.returncode, outcomes(result)) == (0, {second: "replayed", third: "superseded"})


async def test_an_older_letters_edited_copy_is_no_newer_handover(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    first = await given_letter(connection, a_handover(event_id="first"), at=at(9))
    second = await given_letter(connection, a_handover(event_id="second"), at=at(10))
    edited = await dead_letters(environment, "edit", first, "--set", "data.priority=1")
    assert edited.returncode == 0, edited.stderr

    result = await dead_letters(environment, "replay", "--all", "--json")

    assert (result.returncode, outcomes(result)) == (0, {second: "replayed"})


async def test_a_later_turn_of_an_earlier_handover_is_no_newer_handover(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    """Such as when its session waited, or was passed on."""
    await start_workers()
    await handed_over(connection, a_handover(event_id="before"))
    letter = await given_letter(connection, a_handover(event_id="letter"))
    await connection.execute(
        """
        insert into handover.assignments (session_id, version, tenant_id, contact_id, event_id, what, reason,
            considered, passed_over, skills, asked_at, decided_at)
        select session_id, 2, tenant_id, contact_id, event_id, what, 'queue', considered, passed_over, skills,
            asked_at, now()
        from handover.assignments
        """
    )

    result = await dead_letters(environment, "replay", "--all", "--json")

    assert (result.returncode, outcomes(result)) == (0, {letter: "replayed"})


async def test_a_letter_that_is_not_open_is_named_and_not_sent(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot
) -> None:
    letter = await given_letter(connection, state="discarded")

    result = await dead_letters(environment, "replay", letter, "--json")

    [line] = lines(result)
    assert (result.returncode, line["outcome"], line["detail"]) == (4, "not_open", "it is discarded")
    assert await bot.waiting_messages(Topology().requests) == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "say which letters: by id, by a filter such as --fingerprint or --reason, or --all"),
        (("--all", "--reason", "failed"), 2, "--all and a filter exclude each other"),
        (("--all",), 3, "no open letter matches"),
        ((UUID(int=5),), 3, "there is no letter 00000000-0000-0000-0000-000000000005 that matches"),
        (("--resume",), 3, "no replay was left unfinished"),
        (("--all", "--give-up"), 2, "--give-up goes with --resume"),
        (("--resume", "--give-up", "--wait", 5), 2, "--give-up and --wait exclude each other"),
        (("--resume", "--rate", 5), 2, "--resume goes on as the replay was begun"),
        (("--all", "--since", "yesterday"), 2, "is neither a time such as"),
    ],
)
@pytest.mark.usefixtures("bot")
async def test_what_cannot_be_replayed_is_refused(
    environment: dict[str, str], words: tuple[object, ...], code: int, said: str
) -> None:
    result = await dead_letters(environment, "replay", *words)

    assert (result.returncode, result.stdout) == (code, "")
    assert said in " ".join(result.stderr.split())
