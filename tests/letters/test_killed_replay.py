"""A replay killed at any step loses nothing and sends nothing twice; `replay --resume` takes it to its end."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents
from letterbox import given_letter, states
from operators import Running, dead_letters, started, until
from processes import RunningWorker, StartWorkers

BLOCKED = (
    "select count(*) > 0 from pg_stat_activity"
    " where application_name = 'handover-command' and cardinality(pg_blocking_pids(pid)) > 0"
)
GONE = "select count(*) = 0 from pg_stat_activity where application_name = 'handover-command'"
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
    await connection.execute(
        """alter table inbox_sessions add constraint no_mallory check ("contactName" <> 'Mallory')"""
    )
    bad = [await given_letter(connection, a_handover(str(n), contact_name="Mallory")) for n in (1, 2)]
    good = [await given_letter(connection, a_handover(str(n))) for n in (3, 4, 5, 6)]
    return Lot(good, bad)


@asynccontextmanager
async def held_at(
    connection: asyncpg.Connection, rival: asyncpg.Connection, table: str, event: str, when: str
) -> AsyncIterator[None]:
    """Whoever gets to this step waits until the end."""
    await connection.execute(
        f"""
        create function public.hold() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock({KEY}); return new; end $$;
        create trigger hold before {event} on handover.{table} for each row when ({when})
            execute function public.hold();
        """
    )
    await rival.execute(f"select pg_advisory_lock({KEY})")
    yield
    await rival.execute(f"select pg_advisory_unlock({KEY})")
    await connection.execute(f"drop trigger hold on handover.{table}; drop function public.hold()")


async def kill(running: Running, observer: asyncpg.Connection, *, server_finishes: bool) -> None:
    """`kill -9`, in the middle of a statement that the server goes on with, or not."""
    running.process.kill()
    await running.process.wait()
    if not server_finishes:
        await observer.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'handover-command'"
        )
        await until(observer, GONE)


@pytest.mark.parametrize("server_finishes", [True, False], ids=["statement finishes", "statement fails"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_while(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
    step: str,
    *,
    server_finishes: bool,
) -> None:
    workers = await start_workers()
    table, when = STEPS[step]
    async with started(environment, "replay", "--all") as running:
        async with held_at(connection, rival, table, "update", when):
            await until(observer, BLOCKED)
            await kill(running, observer, server_finishes=server_finishes)
        await until(observer, GONE)

    result = await dead_letters(environment, "replay", "--resume", "--wait", 2)

    assert result.returncode in (3, 4), result.stderr
    await lot.is_done(connection, *workers)
    assert (await dead_letters(environment, "replay", "--resume")).returncode == 3


async def test_killed_while_it_plans_nothing_has_happened(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
) -> None:
    workers = await start_workers()
    async with started(environment, "replay", "--all") as running:
        async with held_at(connection, rival, "replay_letters", "insert", "true"):
            await until(observer, BLOCKED)
            await kill(running, observer, server_finishes=True)
        await until(observer, GONE)

    assert set((await states(connection)).values()) == {"open"}
    assert (await dead_letters(environment, "replay", "--resume")).returncode == 3
    assert (await dead_letters(environment, "replay", "--all")).returncode == 4
    await lot.is_done(connection, *workers)


async def test_killed_between_writing_that_it_sends_and_sending(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
) -> None:
    workers = await start_workers()
    async with started(environment, "replay", "--all") as running:
        async with held_at(connection, rival, "replay_letters", "update", "new.outcome = 'sending'"):
            await until(observer, BLOCKED)
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("lock table handover.dead_letters in access exclusive mode")
            await rival.execute(f"select pg_advisory_unlock({KEY})")
            await until(observer, "select count(*) = 6 from handover.replay_letters where outcome = 'sending'")
            await until(observer, BLOCKED)
            await kill(running, observer, server_finishes=True)
            await transaction.rollback()
            await rival.execute(f"select pg_advisory_lock({KEY})")
        await until(observer, GONE)

    result = await dead_letters(environment, "replay", "--resume", "--wait", 1)

    assert result.returncode == 4
    await lot.is_done(connection, *workers)


@pytest.mark.usefixtures("bot")
async def test_killed_while_it_waits_and_again_while_it_resumes(
    connection: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
) -> None:
    for words in (("replay", "--all"), ("replay", "--resume"), ("replay", "--resume")):
        async with started(environment, *words) as running:
            sent = "select count(*) = 6 from handover.replay_letters where outcome = 'sent'"
            await until(observer, sent)
            running_again = "select state = 'running' from handover.replays"
            await until(observer, running_again)
            await kill(running, observer, server_finishes=True)
        await until(observer, GONE)

    workers = await start_workers()
    result = await dead_letters(environment, "replay", "--resume")

    assert result.returncode == 4
    await lot.is_done(connection, *workers)


async def test_killed_while_it_lets_go_of_what_it_did_not_send(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
) -> None:
    await start_workers()
    async with started(environment, "replay", "--all", "--canary", 2) as running:
        async with held_at(connection, rival, "replay_letters", "update", "new.outcome = 'not_sent'"):
            await until(observer, BLOCKED)
            await kill(running, observer, server_finishes=False)
        await until(observer, GONE)

    result = await dead_letters(environment, "replay", "--resume", "--wait", 2)

    assert result.returncode == 4
    assert "4 not sent, 2 failed; stopped by canary" in result.stderr
    assert await states(connection) == dict.fromkeys((*lot.good, *lot.bad), "open")
    assert await connection.fetchval("select sum(attempts) from handover.dead_letters") == 6 + 2


@pytest.mark.usefixtures("bot", "lot")
async def test_what_still_runs_is_not_resumed(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    async with started(environment, "replay", "--all", "--as", "ann"):
        await until(connection, "select count(*) = 6 from handover.replay_letters where outcome = 'sent'")

        result = await dead_letters(environment, "replay", "--resume")

    assert result.returncode == 2
    assert "is still running elsewhere: wait for it, or end that process (begun by ann at" in result.stderr


@pytest.mark.usefixtures("bot")
async def test_what_may_be_on_its_way_is_not_sent_again(
    connection: asyncpg.Connection,
    rival: asyncpg.Connection,
    observer: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    lot: Lot,
) -> None:
    """While the queue holds messages, nobody can say that what was being sent is not among them."""
    async with started(environment, "replay", "--all") as running:
        async with held_at(connection, rival, "replay_letters", "update", "new.outcome = 'sent'"):
            await until(observer, BLOCKED)
            await kill(running, observer, server_finishes=False)
        await until(observer, GONE)

    first = await dead_letters(environment, "replay", "--resume", "--wait", 0.5)
    workers = await start_workers()
    second = await dead_letters(environment, "replay", "--resume", "--wait", 5)

    assert "6 unknown" in first.stderr
    assert (first.returncode, second.returncode) == (4, 4)
    await lot.is_done(connection, *workers)
