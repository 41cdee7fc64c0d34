"""A replay killed at any step loses nothing and sends nothing twice; `replay --resume` takes it to its end."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents
from commands import Result
from letterbox import given_letter, given_no_mallory, states
from operators import Running, dead_letters, outcomes, started, until
from processes import Bot, RunningWorker, StartWorkers

from worker.database import connect
from worker.topology import Topology

BLOCKED = (
    "select count(*) > 0 from pg_stat_activity"
    " where application_name = 'handover-command' and cardinality(pg_blocking_pids(pid)) > 0"
)
GONE = "select count(*) = 0 from pg_stat_activity where application_name = 'handover-command'"
SENT = "select count(*) = $1 from handover.replay_letters where outcome = 'sent'"
ALL = "select count(*) = 6 from handover.replay_letters where outcome = '{}'"
KEY = 4711

STEPS = {
    "sending is being written": ("replay_letters", "new.outcome = 'sending'"),
    "sent, and it is being written": ("replay_letters", "new.outcome = 'sent'"),
    "handled, and it is being written": ("replay_letters", "new.outcome = 'replayed'"),
    "a letter is being closed": ("dead_letters", "new.state = 'replayed'"),
    "the replay is being ended": ("replays", "new.state <> 'running'"),
}


class Lot:
    """Four letters that are mended, and two that fail again."""

    def __init__(self, good: list[UUID], bad: list[UUID]) -> None:
        self.good, self.bad = good, bad

    async def is_done(self, connection: asyncpg.Connection, *workers: RunningWorker) -> None:
        """Each letter was handled once or failed once more, and nothing was sent twice."""
        found = await states(connection)
        assert found == {**dict.fromkeys(self.good, "replayed"), **dict.fromkeys(self.bad, "open")}
        attempts = await connection.fetch("select id, attempts from handover.dead_letters")
        assert {row["id"]: row["attempts"] for row in attempts} == {
            **dict.fromkeys(self.good, 1),
            **dict.fromkeys(self.bad, 2),
        }
        assert await connection.fetchval("select count(*) from handover.assignments") == len(self.good)
        logged = Counter(line["event"] for worker in workers for line in worker.lines)
        assert (logged["handed_over"], logged["dead_lettered"], logged["redelivered"]) == (4, 2, 0)


@pytest.fixture
async def lot(connection: asyncpg.Connection) -> Lot:
    await given_agents(connection)
    await given_no_mallory(connection)
    bad = [await given_letter(connection, a_handover(str(n), contact_name="Mallory")) for n in (1, 2)]
    good = [await given_letter(connection, a_handover(str(n))) for n in (3, 4, 5, 6)]
    return Lot(good, bad)


@dataclass(frozen=True)
class Scene:
    """An operator whose replay is held up at a step, and killed there."""

    connection: asyncpg.Connection
    rival: asyncpg.Connection
    observer: asyncpg.Connection
    environment: dict[str, str]

    async def killed(
        self, table: str, event: str, when: str, *words: object, server_finishes: bool = True
    ) -> None:
        """`replay --all`, ended by `kill -9` in the middle of a statement that the server goes on with, or not."""
        async with started(self.environment, "replay", "--all", *words) as running:
            async with self.held_at(table, event, when):
                await until(self.observer, BLOCKED)
                await self.kill(running, server_finishes=server_finishes)
            await until(self.observer, GONE)

    @asynccontextmanager
    async def held_at(self, table: str, event: str, when: str) -> AsyncIterator[None]:
        """Whoever gets to this step waits until the end."""
        await self.connection.execute(
            f"""
            create function public.hold() returns trigger language plpgsql as
                $$ begin perform pg_advisory_xact_lock({KEY}); return new; end $$;
            create trigger hold before {event} on handover.{table} for each row when ({when})
                execute function public.hold();
            """
        )
        await self.hold()
        yield
        await self.let_go()
        await self.connection.execute(f"drop trigger hold on handover.{table}; drop function public.hold()")

    async def hold(self) -> None:
        await self.rival.execute(f"select pg_advisory_lock({KEY})")

    async def let_go(self) -> None:
        await self.rival.execute(f"select pg_advisory_unlock({KEY})")

    async def kill(self, running: Running, *, server_finishes: bool = True) -> None:
        running.process.kill()
        await running.process.wait()
        if not server_finishes:
            await self.observer.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'handover-command'"
            )
            await until(self.observer, GONE)

    async def resumed(self, *words: object) -> Result:
        return await dead_letters(self.environment, "replay", "--resume", *words)


@pytest.fixture
def scene(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
) -> Scene:
    return Scene(connection, rival, observer, environment)


@pytest.mark.parametrize("server_finishes", [True, False], ids=["statement finishes", "statement fails"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_while(
    scene: Scene, start_workers: StartWorkers, lot: Lot, step: str, *, server_finishes: bool
) -> None:
    workers = await start_workers()
    table, when = STEPS[step]
    await scene.killed(table, "update", when, server_finishes=server_finishes)

    result = await scene.resumed("--wait", 2)

    assert result.returncode in (3, 4), result.stderr
    await lot.is_done(scene.connection, *workers)
    assert (await scene.resumed()).returncode == 3


async def test_killed_while_it_plans_nothing_has_happened(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    workers = await start_workers()
    await scene.killed("replay_letters", "insert", "true")

    assert set((await states(scene.connection)).values()) == {"open"}
    assert (await scene.resumed()).returncode == 3
    assert (await dead_letters(scene.environment, "replay", "--all")).returncode == 4
    await lot.is_done(scene.connection, *workers)


async def test_killed_between_writing_that_it_sends_and_sending(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    workers = await start_workers()
    async with started(scene.environment, "replay", "--all") as running:
        async with scene.held_at("replay_letters", "update", "new.outcome = 'sending'"):
            await until(scene.observer, BLOCKED)
            transaction = scene.connection.transaction()
            await transaction.start()
            await scene.connection.execute("lock table handover.dead_letters in access exclusive mode")
            await scene.let_go()
            await until(scene.observer, ALL.format("sending"))
            await until(scene.observer, BLOCKED)
            await scene.kill(running)
            await transaction.rollback()
            await scene.hold()
        await until(scene.observer, GONE)

    result = await scene.resumed("--wait", 1)

    assert result.returncode == 4
    await lot.is_done(scene.connection, *workers)


@pytest.mark.usefixtures("bot")
async def test_killed_while_it_waits_and_again_while_it_resumes(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    for words in (("replay", "--all"), ("replay", "--resume"), ("replay", "--resume")):
        async with started(scene.environment, *words) as running:
            await until(scene.observer, ALL.format("sent"))
            await until(scene.observer, "select state = 'running' from handover.replays")
            await scene.kill(running)
        await until(scene.observer, GONE)

    workers = await start_workers()
    result = await scene.resumed()

    assert result.returncode == 4
    await lot.is_done(scene.connection, *workers)


async def test_killed_while_it_lets_go_of_what_it_did_not_send(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    await start_workers()
    when = "new.outcome = 'not_sent'"
    await scene.killed("replay_letters", "update", when, "--canary", 2, server_finishes=False)

    result = await scene.resumed("--wait", 2)

    assert result.returncode == 4
    assert "4 not sent, 2 failed; stopped by canary" in result.stderr
    assert await states(scene.connection) == dict.fromkeys((*lot.good, *lot.bad), "open")
    assert await scene.connection.fetchval("select sum(attempts) from handover.dead_letters") == 6 + 2


@pytest.mark.usefixtures("bot", "lot")
async def test_what_still_runs_is_not_resumed(scene: Scene) -> None:
    async with started(scene.environment, "replay", "--all", "--as", "ann"):
        await until(scene.observer, ALL.format("sent"))

        result = await scene.resumed()

    assert result.returncode == 2
    assert "is still running elsewhere: wait for it, or end that process (begun by ann at" in result.stderr


@pytest.mark.usefixtures("bot")
async def test_what_may_be_on_its_way_is_not_sent_again(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    """While the queue holds messages, nobody can say that what was being sent is not among them."""
    await scene.killed("replay_letters", "update", "new.outcome = 'sent'", server_finishes=False)

    first = await scene.resumed("--wait", 0.5)
    workers = await start_workers()
    second = await scene.resumed("--wait", 5)

    assert "6 unknown" in first.stderr
    assert (first.returncode, second.returncode) == (4, 4)
    await lot.is_done(scene.connection, *workers)


async def test_given_up_what_was_handled_by_now_counts_and_nothing_more_is_sent(
    scene: Scene, start_workers: StartWorkers, lot: Lot, bot: Bot
) -> None:
    """Its canary lives, so that going on would send the others."""
    await scene.connection.execute("alter table inbox_sessions drop constraint no_mallory")
    async with started(scene.environment, "replay", "--all", "--canary", 1) as running:
        await until(scene.observer, SENT, 1)
        await scene.kill(running)
    await until(scene.observer, GONE)
    await start_workers()
    await until(scene.observer, "select count(*) = 1 from handover.handled_events")

    result = await scene.resumed("--give-up", "--json", "--as", "bob")

    [canary, *others] = [*lot.bad, *lot.good]
    assert (result.returncode, outcomes(result)) == (
        4,
        {canary: "replayed", **dict.fromkeys(others, "not_sent")},
    )
    assert result.stderr == "handover: 5 not sent, 1 replayed; stopped by giving up\n"
    assert await states(scene.connection) == {canary: "replayed", **dict.fromkeys(others, "open")}
    assert await bot.waiting_messages(Topology().requests) == 0
    [replay] = await scene.connection.fetch("select state, stopped_by, resumed from handover.replays")
    assert (replay["state"], replay["stopped_by"]) == ("stopped", "giving up")
    assert [each["actor"] for each in replay["resumed"]] == ["bob"]


async def test_given_up_what_shows_no_outcome_is_open_again_at_once(
    scene: Scene, start_workers: StartWorkers, lot: Lot, bot: Bot
) -> None:
    """Also without RabbitMQ, which giving up does not need; should it still be handled or fail, that counts."""
    await scene.killed("replay_letters", "update", "new.outcome = 'sent'", server_finishes=False)

    result = await dead_letters(
        scene.environment, "replay", "--resume", "--give-up", "--json", AMQP_URL="amqp://x@127.0.0.1:1/"
    )

    letters = [*lot.bad, *lot.good]
    assert (result.returncode, outcomes(result)) == (4, dict.fromkeys(letters, "unknown"))
    assert result.stderr == "handover: 6 unknown; stopped by giving up\n"
    assert await states(scene.connection) == dict.fromkeys(letters, "open")
    assert await bot.waiting_messages(Topology().requests) == 6
    workers = await start_workers()
    await until(scene.observer, "select count(*) = 4 from handover.handled_events")
    again = await dead_letters(scene.environment, "replay", "--all", "--json")
    assert {outcomes(again)[letter] for letter in lot.good} == {"handled"}
    assert "redelivered" not in {line["event"] for worker in workers for line in worker.lines}


async def test_what_a_worker_has_in_its_hands_is_waited_for(
    scene: Scene, start_workers: StartWorkers, lot: Lot
) -> None:
    """The queue holds nothing then, and still the letters are on their way."""
    workers = await start_workers()
    tenant = await connect(scene.environment["DATABASE_URL"], name="rival")
    transaction = tenant.transaction()
    await transaction.start()
    await tenant.execute("insert into handover.tenants (tenant_id) values ('acme')")
    await scene.killed("replay_letters", "update", "new.outcome = 'sent'", server_finishes=False)
    async with started(scene.environment, "replay", "--resume", "--wait", 10) as running:
        await until(scene.observer, "select jsonb_array_length(resumed) = 1 from handover.replays")
        await transaction.rollback()
        result = await running.ended()
    await tenant.close()
    assert result.returncode == 4
    await lot.is_done(scene.connection, *workers)
