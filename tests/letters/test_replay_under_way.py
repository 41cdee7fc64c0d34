"""`dead-letters replay` at its pace: what holds it up, what stops it, who else is at it."""

import asyncio
import signal
from uuid import uuid4

import asyncpg
import pytest
from builders import a_handover, given_agents
from chaos.proxy import in_front_of
from letterbox import at, given_letter, given_mallory, given_no_mallory, states
from operators import dead_letters, on_a_terminal, outcomes, started, until, without_a_reader
from processes import Bot, StartWorkers

from worker.topology import Topology

BROKEN = b'{"tenantId": "acme"}'
SENT = "select count(*) = {} from handover.replay_letters where outcome = 'sent'"

pytestmark = pytest.mark.usefixtures("one_agent")


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


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
    assert await connection.fetchval(took) > 0.9


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

    given_up = await dead_letters(environment, "replay", "--resume", "--give-up", "--json")
    assert (given_up.returncode, outcomes(given_up)) == (4, {letter: "unknown"})
    assert await states(connection) == {letter: "open"}

    await start_workers()
    again = await dead_letters(environment, "replay", letter, "--json")
    assert (again.returncode, outcomes(again)) == (0, {letter: "replayed"})


@pytest.mark.parametrize("how", ["it hangs up", "it falls silent"])
async def test_when_the_broker_goes_away_the_replay_can_be_resumed(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    observer: asyncpg.Connection,
    how: str,
) -> None:
    await start_workers()
    letters = [await given_letter(connection, a_handover(f"25470000000{n}")) for n in range(3)]
    waiting = "select count(*) > 0 from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0"
    async with (
        in_front_of(f"{environment['AMQP_URL']}?heartbeat=1") as (url, proxy),
        started({**environment, "AMQP_URL": url}, "replay", "--all") as running,
    ):
        async with connection.transaction():
            await connection.execute("lock table handover.replay_letters in share row exclusive mode")
            await until(observer, waiting)
            if how == "it hangs up":
                proxy.reset()
            else:
                proxy.up.deaf = proxy.down.deaf = True
        result = await running.ended()

    resumed = await dead_letters(environment, "replay", "--resume", "--wait", 1, "--json")

    assert (result.returncode, "Traceback" in result.stderr) == (5, False)
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


@pytest.mark.parametrize("stderr", ["read", "as gone"])
async def test_a_reader_who_is_gone_does_not_end_the_replay(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers, stderr: str
) -> None:
    """As `| head` is once it has enough, or `2>&1 | head`."""
    await start_workers()
    broken = await given_letter(connection, body=BROKEN, properties={"message_id": "b"}, at=at(8))
    letters = [
        await given_letter(connection, a_handover("254700000001", event_id=f"e-{n}")) for n in range(3)
    ]

    code, said = await without_a_reader(
        environment, "replay", "--all", "--json", stderr_too=stderr == "as gone"
    )

    assert code == 141
    note = "nobody reads the outcomes any more; it goes on to its end (`handover dead-letters history`)\n"
    assert said == ("" if stderr == "as gone" else note)
    assert await states(connection) == {broken: "open", **dict.fromkeys(letters, "replayed")}
    assert await connection.fetchval("select state from handover.replays") == "done"


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
