"""The letters a replay is asked for: no more are read than it takes until so many would be sent."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest
from asyncpg.connection import LoggedQuery
from builders import a_handover
from letterbox import at, given_letter
from operators import dead_letters, lines

from worker import sql
from worker.letters import Filter
from worker.letters.candidates import candidates

BROKEN = b'{"tenantId": "acme"}'


@pytest.fixture
def chunks_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.letters.candidates.CHUNK", 2)


@pytest.fixture
def asked(connection: asyncpg.Connection) -> Iterator[list[LoggedQuery]]:
    """What the database was asked for."""
    queries: list[LoggedQuery] = []
    with connection.query_logger(queries.append):
        yield queries


@pytest.fixture
async def letters(connection: asyncpg.Connection) -> list[UUID]:
    """Seven, the oldest first; the first of them cannot be sent."""
    broken = await given_letter(connection, body=BROKEN, properties={"message_id": "b"}, at=at(1))
    return [broken, *[await given_letter(connection, a_handover(str(n)), at=at(n)) for n in range(2, 8)]]


@pytest.mark.usefixtures("chunks_of_two")
async def test_with_a_limit_no_more_are_read_than_it_takes(
    connection: asyncpg.Connection, letters: list[UUID], asked: list[LoggedQuery]
) -> None:
    found = await candidates(connection, Filter(), 2, force=False)

    assert [candidate.letter_id for candidate, _ in found.judged] == letters[:3]
    assert found.left == 4
    assert [query.args[0] for query in asked if query.query == sql.read_letters] == [
        letters[:2],
        letters[2:4],
    ]


@pytest.mark.usefixtures("chunks_of_two")
async def test_without_one_all_are_judged_a_chunk_at_a_time(
    connection: asyncpg.Connection, letters: list[UUID], asked: list[LoggedQuery]
) -> None:
    """One statement about all of them takes as long as there are letters, and PostgreSQL ends it."""
    found = await candidates(connection, Filter(), None, force=False)
    await asyncio.sleep(0)  # of the last query the loop tells in its next turn

    assert [candidate.letter_id for candidate, _ in found.judged] == letters
    assert found.left == 0
    assert [len(query.args[0]) for query in asked if query.query == sql.look_up_handled] == [2, 2, 2, 1]


@pytest.mark.usefixtures("letters")
async def test_a_rehearsal_tells_of_those_it_did_not_look_at(environment: dict[str, str]) -> None:
    rest = "4 more match, and were not looked at: --limit is reached before\n"

    shown = await dead_letters(environment, "replay", "--all", "--limit", 2, "--dry-run")
    told = await dead_letters(environment, "replay", "--all", "--limit", 2, "--dry-run", "--json")
    whole = await dead_letters(environment, "replay", "--all", "--limit", 6, "--dry-run")

    assert (shown.returncode, shown.stderr) == (0, f"would send 2 of 3 letters; nothing was done\n{rest}")
    assert (told.stderr, sum(group["count"] for group in lines(told))) == (rest, 3)
    assert whole.stderr == "would send 6 of 7 letters; nothing was done\n"
