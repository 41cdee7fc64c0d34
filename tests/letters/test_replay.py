"""`dead-letters replay` with real workers: replayed means handled."""

import asyncio
import signal
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from letterbox import at, given_letter, states, the_letter
from operators import dead_letters, lines, on_a_terminal, outcomes, proxied, started, until
from processes import Bot, StartWorkers, Subscriber

from worker.topology import Topology

BROKEN = b'{"tenantId": "acme"}'
SENT = "select count(*) = {} from handover.replay_letters where outcome = 'sent'"

pytestmark = pytest.mark.usefixtures("one_agent")


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


async def given_no_mallory(connection: asyncpg.Connection) -> None:
    """The inbox refuses one name: whose letters carry it fail again."""
    await connection.execute(
        """alter table inbox_sessions add constraint no_mallory check ("contactName" <> 'Mallory')"""
    )


async def given_mallory(connection: asyncpg.Connection, contact_id: str, event_id: str) -> UUID:
    return await given_letter(connection, a_handover(contact_id, event_id=event_id, contact_name="Mallory"))


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


async def test_limit_counts_what_is_sent(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    broken = await given_letter(connection, body=BROKEN, properties={"message_id": "b"}, at=at(8))
    oldest = await given_letter(connection, a_handover("254700000001"), at=at(9))
    other = await given_letter(connection, a_handover("254700000002"), at=at(10))

    result = await dead_letters(environment, "replay", "--all", "--limit", 1, "--json")

    assert outcomes(result) == {broken: "broken", oldest: "replayed"}
    assert (await states(connection))[other] == "open"


async def test_a_canary_that_dies_keeps_the_others_at_home(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_no_mallory(connection)
    await start_workers()
    dead = await given_mallory(connection, "254700000000", "e-0")
    others = [await given_letter(connection, a_handover(f"25470000001{n}")) for n in range(5)]

    result = await dead_letters(environment, "replay", "--all", "--canary", 2, "--json")

    assert result.returncode == 4
    assert outcomes(result) == {
        dead: "failed",
        others[0]: "replayed",
        **dict.fromkeys(others[1:], "not_sent"),
    }
    assert result.stderr == "handover: 4 not sent, 1 failed, 1 replayed; stopped by canary\n"
    assert set((await states(connection)).values()) == {"open", "replayed"}
    assert await connection.fetchval("select stopped_by from handover.replays") == "canary"


async def test_a_canary_that_lives_lets_the_others_go(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    letters = [await given_letter(connection, a_handover(f"25470000001{n}")) for n in range(5)]

    result = await dead_letters(environment, "replay", "--all", "--canary", 2, "--json")

    assert (result.returncode, outcomes(result)) == (0, dict.fromkeys(letters, "replayed"))


async def test_it_stops_after_so_many_failures_and_not_one_more(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_no_mallory(connection)
    await start_workers(2)
    for n in range(10):
        await given_mallory(connection, f"25470000000{n}", f"e-{n}")

    result = await dead_letters(environment, "replay", "--all", "--stop-after-failures", 3, "--json")

    found = list(outcomes(result).values())
    assert (result.returncode, found.count("failed"), found.count("not_sent")) == (4, 3, 7)
    assert await connection.fetchval("select sum(attempts) from handover.dead_letters") == 13


async def test_a_person_at_a_terminal_sees_how_far_it_is(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    for n in range(7):
        await given_letter(connection, a_handover(f"25470000000{n}"))

    shown = await on_a_terminal(environment, "replay", "--all")

    assert "7/7" in shown
    assert "0 failed" in shown


async def test_the_rate_is_kept(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    for n in range(6):
        await given_letter(connection, a_handover(f"25470000000{n}"))

    result = await dead_letters(environment, "replay", "--all", "--rate", 5)

    assert result.returncode == 0, result.stderr
    took = "select extract(epoch from max(sent_at) - min(sent_at)) from handover.replay_letters"
    assert 0.9 < await connection.fetchval(took) < 5


async def test_without_a_worker_nothing_is_known_until_one_comes_and_somebody_looks_again(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers, bot: Bot
) -> None:
    letters = [await given_letter(connection, a_handover(f"25470000000{n}")) for n in range(3)]

    first = await dead_letters(environment, "replay", "--all", "--wait", 0.3, "--json")
    nothing = await dead_letters(environment, "replay", "--all")
    [worker] = await start_workers()
    second = await dead_letters(environment, "replay", "--resume", "--json")
    third = await dead_letters(environment, "replay", "--resume")

    assert (first.returncode, outcomes(first)) == (4, dict.fromkeys(letters, "unknown"))
    assert "no worker is consuming" in first.stderr
    assert nothing.returncode == 3
    assert "holds 3: `handover dead-letters replay --resume" in nothing.stderr
    assert (second.returncode, outcomes(second)) == (0, dict.fromkeys(letters, "replayed"))
    assert third.returncode == 3
    assert [line for line in worker.lines if line["event"] == "redelivered"] == []
    assert await bot.waiting_messages(Topology().requests) == 0


async def test_what_was_lost_with_its_queue_can_be_given_up_and_replayed(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers, bot: Bot
) -> None:
    letter = await given_letter(connection)
    await dead_letters(environment, "replay", letter, "--wait", 0.2)
    await (await bot.channel.get_queue(Topology().requests)).purge()

    given_up = await dead_letters(environment, "replay", "--resume", "--give-up", "--wait", 0.2, "--json")
    assert (given_up.returncode, outcomes(given_up)) == (4, {letter: "unknown"})
    assert await states(connection) == {letter: "open"}

    await start_workers()
    again = await dead_letters(environment, "replay", letter, "--json")
    assert (again.returncode, outcomes(again)) == (0, {letter: "replayed"})


async def test_when_the_broker_goes_away_the_replay_can_be_resumed(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    observer: asyncpg.Connection,
) -> None:
    await start_workers()
    letters = [await given_letter(connection, a_handover(f"25470000000{n}")) for n in range(3)]
    waiting = "select count(*) > 0 from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0"
    async with (
        proxied(environment["AMQP_URL"]) as (url, cut),
        started({**environment, "AMQP_URL": url}, "replay", "--all") as running,
    ):
        async with connection.transaction():
            await connection.execute("lock table handover.replay_letters in share row exclusive mode")
            await until(observer, waiting)
            cut()
        result = await running.ended()

    resumed = await dead_letters(environment, "replay", "--resume", "--wait", 1, "--json")

    assert result.returncode == 5
    assert "nothing is lost, `handover dead-letters replay --resume" in result.stderr
    assert (resumed.returncode, outcomes(resumed)) == (0, dict.fromkeys(letters, "replayed"))


@pytest.mark.usefixtures("bot")
async def test_ctrl_c_sends_no_more_and_waits_for_what_was_sent(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    [letter, *others] = [await given_letter(connection, a_handover(f"25470000000{n}")) for n in range(3)]
    async with started(environment, "replay", "--all", "--canary", 1, "--json") as running:
        await until(connection, SENT.format(1))
        running.signal(signal.SIGINT)
        await start_workers()
        result = await running.ended()

    assert (result.returncode, outcomes(result)) == (
        4,
        {letter: "replayed", **dict.fromkeys(others, "not_sent")},
    )
    assert result.stderr.endswith("stopped by interrupt\n")
    assert await states(connection) == {letter: "replayed", **dict.fromkeys(others, "open")}


async def test_two_operators_at_once_send_each_letter_once(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    workers = await start_workers(2)
    letters = [await given_letter(connection, a_handover(f"2547000000{n:02}")) for n in range(40)]

    results = await asyncio.gather(
        *(
            dead_letters(environment, "replay", "--all", "--json", "--as", name)
            for name in ("ann", "bob", "cyd")
        )
    )

    replayed = [
        letter for result in results for letter, what in outcomes(result).items() if what == "replayed"
    ]
    assert sorted(replayed) == sorted(letters)
    assert all("redelivered" not in {line["event"] for line in worker.lines} for worker in workers)


async def test_a_rival_who_takes_the_same_letters_is_waited_for_and_gets_nothing(
    connection: asyncpg.Connection, environment: dict[str, str], observer: asyncpg.Connection, bot: Bot
) -> None:
    letter = await given_letter(connection)
    async with started(environment, "replay", letter, "--json") as running:
        async with connection.transaction():
            await connection.execute(
                "update handover.dead_letters set state = 'replaying', replay_id = $1", uuid4()
            )
            await until(observer, "select count(*) > 0 from pg_locks where not granted")
        result = await running.ended()

    assert (result.returncode, outcomes(result)) == (4, {letter: "not_open"})
    assert await bot.waiting_messages(Topology().requests) == 0


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


async def test_without_the_queue_nothing_is_planned(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_letter(connection)

    result = await dead_letters(environment, "replay", "--all")

    assert (result.returncode, result.stdout) == (3, "")
    assert "handover.requests" in result.stderr
    assert await connection.fetchval("select count(*) from handover.replays") == 0


async def test_without_a_broker_nothing_is_planned(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection)

    result = await dead_letters(environment, "replay", "--all", AMQP_URL="amqp://x:hush@127.0.0.1:1/")

    assert (result.returncode, result.stdout) == (5, "")
    assert "hush" not in result.stderr
    assert await states(connection) == {letter: "open"}


async def test_what_is_no_handover_is_never_sent_as_one(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    letter = await given_letter(connection, a_handover())
    await connection.execute("update handover.dead_letters set queue = 'handover.agents'")

    result = await dead_letters(environment, "replay", "--all", "--force", "--json")

    assert (result.returncode, outcomes(result)) == (4, {letter: "broken"})
    assert (await the_letter(connection, letter))["attempts"] == 1
