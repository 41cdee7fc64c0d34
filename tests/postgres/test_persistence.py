"""How long a transaction is tried."""

import asyncio

import asyncpg
import pytest
from chaos.proxy import in_front_of

from worker.core.settlement import Fate
from worker.database import Database, connect
from worker.fate import fate_of_error
from worker.persistence import RETRIES, persist


class Obstinate:
    """Work that fails so many times, and counts."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.tries = error, times, 0

    async def __call__(self, connection: asyncpg.Connection) -> int:
        self.tries += 1
        if self.tries <= self.times:
            raise self.error
        answer: int = await connection.fetchval("select 7")
        return answer


async def test_a_lost_race_is_run_again_a_few_times(database: str) -> None:
    lucky = Obstinate(asyncpg.DeadlockDetectedError("a deadlock"), RETRIES - 1)
    unlucky = Obstinate(asyncpg.DeadlockDetectedError("a deadlock"), RETRIES)
    with_it = Database(database, "test")

    assert await persist(with_it, lucky) == 7
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await persist(with_it, unlucky)
    with_it.discard()


async def test_a_lock_somebody_holds_is_told_at_once_but_outlasted_by_who_is_patient(database: str) -> None:
    with_it = Database(database, "test")

    with pytest.raises(asyncpg.LockNotAvailableError):
        await persist(with_it, Obstinate(asyncpg.LockNotAvailableError("a lock"), 1))
    assert await persist(with_it, Obstinate(asyncpg.LockNotAvailableError("a lock"), 1), patient=True) == 7
    with_it.discard()


async def test_a_statement_that_is_wrong_is_never_tried_again(database: str) -> None:
    with_it = Database(database, "test")
    wrong = Obstinate(asyncpg.CheckViolationError("a check"), 1)

    with pytest.raises(asyncpg.CheckViolationError):
        await persist(with_it, wrong, patient=True)
    assert wrong.tries == 1
    with_it.discard()


async def test_what_a_pooler_says_at_the_door_is_held_against_no_work() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        fields = b"SFATAL\0CXX000\0MTenant or user not found\0\0"
        writer.write(b"E" + (4 + len(fields)).to_bytes(4, "big") + fields)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionRefusedError, match="Tenant or user not found") as refused:
            await connect(f"postgresql://user:secret@127.0.0.1:{port}/db?sslmode=disable")

    assert fate_of_error(refused.value) is Fate.DOWN


async def test_what_was_held_is_resumed_whatever_the_answer_is(database: str) -> None:
    with_it = Database(database, "test")
    said: list[str] = []

    async def hold() -> None:
        said.append("hold")

    async def resume() -> None:
        said.append("resume")

    answers: list[Exception | None] = [
        OSError("away"),
        asyncpg.CheckViolationError("a check"),
        OSError("away"),
        None,
    ]

    async def work(_: asyncpg.Connection) -> int:
        if error := answers.pop(0):
            raise error
        return 7

    with pytest.raises(asyncpg.CheckViolationError):
        await persist(with_it, work, hold=hold, resume=resume)
    assert said == ["hold", "resume"]
    assert await persist(with_it, work, hold=hold, resume=resume) == 7
    assert said == ["hold", "resume"] * 2
    with_it.discard()


async def test_what_was_given_up_while_the_database_was_away_is_no_trouble_once_it_answers(
    database: str,
) -> None:
    with_it = Database(database, "test")
    given_up = asyncio.ensure_future(persist(with_it, Obstinate(OSError("away"), 1_000)))
    async with asyncio.timeout(5):
        while not _troubles(with_it):
            await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.wait((given_up,))

    assert await persist(with_it, Obstinate(OSError(), 0)) == 7

    assert not _troubles(with_it)
    with_it.discard()


def _troubles(with_it: Database) -> list[str]:
    return [with_it.trouble] if with_it.trouble else []


async def test_a_connection_the_server_is_just_ending_is_given_up_and_the_work_run_on_another(
    database: str, observer: asyncpg.Connection
) -> None:
    """The client has read the server's last word and not yet that it hung up: it fails in a way of its own then."""
    async with in_front_of(database) as (url, proxy):
        with_it = Database(url, "doomed")
        proxy.down.half_open = True
        assert await persist(with_it, Obstinate(OSError(), 0)) == 7
        await observer.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed'"
        )
        async with asyncio.timeout(5):
            while not any(link.hung_up for link in proxy.links):
                await asyncio.sleep(0.01)

        assert await persist(with_it, Obstinate(OSError(), 0)) == 7

        with_it.discard()


async def dawdle(database: Database) -> None:
    """Ten seconds, none of its statements long."""
    async with database.connection() as connection, connection.transaction():
        for _ in range(50):
            await connection.execute("select pg_sleep(0.2)")


async def test_a_transaction_has_one_deadline_for_all_its_statements(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.database.TRANSACTION_SECONDS", 1)
    with_it = Database(database, "test")

    with pytest.raises(TimeoutError, match="no answer within 1 seconds"):
        await dawdle(with_it)

    async with with_it.connection() as another:
        assert await another.fetchval("select 7") == 7
    with_it.discard()
