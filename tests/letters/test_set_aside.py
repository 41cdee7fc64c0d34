"""`dead-letters discard`, `restore`, `purge` and `history`: each act shown first, agreed to, on record."""

import asyncio

import asyncpg
import pytest
from builders import a_handover
from commands import handover, rows
from letterbox import at, given_letter, order, states
from locks import until_blocked

from worker.letters.setting_aside import DISCARD, RESTORE, move


async def test_what_is_discarded_is_out_of_sight_until_it_is_restored(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter, other = (
        await given_letter(connection),
        await given_letter(connection, a_handover("1"), error="fire"),
    )

    [discarded] = rows(handover(environment, "dead-letters", "discard", "--error", "fire", "--yes", "--json"))
    assert (discarded["action"], discarded["letters"], discarded["dry_run"]) == ("discard", 1, False)
    assert await states(connection) == {letter: "open", other: "discarded"}

    [restored] = rows(handover(environment, "dead-letters", "restore", other, "--json"))
    assert (restored["action"], restored["letters"]) == ("restore", 1)
    assert await states(connection) == {letter: "open", other: "open"}


async def test_discarding_says_what_it_does_and_wants_a_yes(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection)

    asked = handover(environment, "dead-letters", "discard", "--all")
    dry = handover(environment, "dead-letters", "discard", "--all", "--dry-run")

    assert (asked.returncode, dry.returncode) == (2, 0)
    assert asked.stderr.startswith("discards 1 letters; `handover dead-letters restore` brings them back\n")
    assert asked.stderr.endswith("stdin is no terminal to ask at; pass --yes\n")
    assert dry.stderr == "would discard 1 letters\n"
    assert await states(connection) == {letter: "open"}
    assert await connection.fetchval("select count(*) from handover.replays") == 0


async def test_a_letter_being_replayed_is_neither_discarded_nor_purged(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection, state="replaying", at=at(9))

    discarded = handover(environment, "dead-letters", "discard", letter, "--yes")
    purged = handover(
        environment, "dead-letters", "purge", "--older-than", "1d", "--state", "replaying", "--yes"
    )

    assert discarded.returncode == 3
    assert f"there is no open letter {letter}" in discarded.stderr
    assert purged.returncode == 2
    assert await states(connection) == {letter: "replaying"}


@pytest.mark.parametrize("words", [("discard",), ("restore",)])
def test_which_letters_has_to_be_said(environment: dict[str, str], words: tuple[str, ...]) -> None:
    result = handover(environment, "dead-letters", *words)

    assert (result.returncode, result.stdout) == (2, "")
    assert "say which letters" in result.stderr


@pytest.mark.parametrize("text", ["", "  "])
@pytest.mark.parametrize("words", [("discard", "--yes"), ("restore",), ("replay", "--dry-run"), ("list",)])
async def test_a_blank_text_is_no_filter(
    connection: asyncpg.Connection, environment: dict[str, str], words: tuple[str, ...], text: str
) -> None:
    """Such as of a script whose variable is not set: every error would hold it."""
    letter = await given_letter(connection)

    result = handover(environment, "dead-letters", *words, "--error", text)

    assert (result.returncode, result.stdout) == (2, "")
    assert "has 0 characters; 1 to 1000 are allowed" in " ".join(result.stderr.split())
    assert await states(connection) == {letter: "open"}


async def test_purge_deletes_what_is_done_with_and_has_been_so_for_long(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    old = {
        state: await given_letter(connection, a_handover(str(n)), state=state, at=at(9))
        for n, state in enumerate(("open", "replaying", "replayed", "discarded", "superseded"))
    }
    young = await given_letter(connection, a_handover("9"), state="discarded", at=at(9))
    await connection.execute("update handover.dead_letters set changed_at = now() where id = $1", young)

    dry = handover(environment, "dead-letters", "purge", "--older-than", "7d", "--dry-run")
    [purged] = rows(handover(environment, "dead-letters", "purge", "--older-than", "7d", "--yes", "--json"))
    again = rows(handover(environment, "dead-letters", "purge", "--older-than", "7d", "--json"))

    assert dry.stderr == "would purge 3 letters\n"
    assert purged["letters"] == 3
    assert [line["letters"] for line in again] == [0]
    assert set(await states(connection)) == {old["open"], old["replaying"], young}
    rows_left = await connection.fetch(
        "select letter_id from handover.replay_letters where outcome = 'purged'"
    )
    assert {row["letter_id"] for row in rows_left} == {old["replayed"], old["discarded"], old["superseded"]}


async def test_open_letters_are_purged_when_that_is_said(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_letter(connection, at=at(9))

    handover(environment, "dead-letters", "purge", "--older-than", "2026-01-06", "--state", "open", "--yes")

    assert await states(connection) == {}


async def test_each_act_is_on_record_with_who_when_which_and_what_became_of_them(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection, error="fire")
    handover(environment, "dead-letters", "discard", "--error", "fire", "--yes", "--as", "ann")
    handover(environment, "dead-letters", "restore", letter, LOGNAME="bob")

    restored, discarded = rows(handover(environment, "dead-letters", "history", "--json"))

    assert (discarded["action"], discarded["actor"], discarded["state"]) == ("discard", "ann", "done")
    assert discarded["filter"] == {"states": ["open"], "text": "fire"}
    assert discarded["letters"] == {"discarded": 1}
    assert (restored["action"], restored["actor"], restored["letters"]) == ("restore", "bob", {"restored": 1})
    assert restored["filter"]["ids"] == [str(letter)]
    assert "discarded=1" in handover(environment, "dead-letters", "history").stdout


async def test_two_who_discard_the_same_letter_do_it_once(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    letter = await given_letter(connection)
    async with connection.transaction():
        assert await move(connection, order(), [letter], DISCARD) == 1
        second = asyncio.create_task(move(rival, order(), [letter], DISCARD))
        await until_blocked(observer, rival)

    assert await second == 0


async def test_many_are_moved_a_bite_at_a_time(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.letters.setting_aside.BITE", 2)
    letters = [await given_letter(connection, a_handover(str(n))) for n in range(5)]

    assert await move(connection, order(), letters, DISCARD) == 5
    assert await move(connection, order(), letters, RESTORE) == 5

    positions = await connection.fetch("select replay_id, position from handover.replay_letters")
    assert sorted(row["position"] for row in positions) == sorted([*range(5), *range(5)])
    assert set((await states(connection)).values()) == {"open"}


def test_an_id_that_is_none_is_wrong_usage(environment: dict[str, str]) -> None:
    result = handover(environment, "dead-letters", "discard", "x", "--yes")

    assert (result.returncode, result.stdout) == (2, "")
