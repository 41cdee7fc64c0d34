"""`dead-letters edit`: a copy under an id of its own goes its way, and the original stays as it was."""

import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from letterbox import given_letter, given_no_mallory, states, the_letter
from operators import dead_letters, lines, started, until
from processes import Bot, StartWorkers, Subscriber

from schemas import CONTENT_TYPE, decode_handover
from worker.topology import Topology

NAMELESS = b'{"tenantId": "acme", "contactId": "254700000001"}'
NO_CONTACT = b'{"tenantId": "acme", "name": "Amina"}'


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


def editor(folder: Path, script: str) -> dict[str, str]:
    """An $EDITOR that does this to the file it is given."""
    program = folder / "an editor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"EDITOR": f"'{program}'", "VISUAL": ""}


@pytest.mark.usefixtures("one_agent")
async def test_a_mended_copy_is_handled_under_a_new_id_and_supersedes_the_original(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    subscriber: Subscriber,
) -> None:
    await start_workers()
    letter = await given_letter(
        connection, body=NO_CONTACT, properties={"message_id": "e-1"}, reason="invalid-event"
    )
    before = dict(await the_letter(connection, letter))

    result = await dead_letters(
        environment, "edit", letter, "--set", "data.contactId=254745050238", "--as", "ann", "--json"
    )

    assert result.returncode == 0, result.stderr
    [line] = lines(result)
    assert (line["outcome"], line["event_id"], line["contact_id"]) == (
        "replayed",
        "e-1.edit-1",
        "254745050238",
    )
    [event] = await subscriber.until(1)
    assert (event.handover_id, event.contact_id, event.contact_name) == (
        "e-1.edit-1",
        "254745050238",
        "Amina",
    )
    after = dict(await the_letter(connection, letter))
    assert (after["state"], after["superseded_by"]) == ("superseded", "e-1.edit-1")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"state", "superseded_by", "changed_at", "replay_id"}
    [past] = lines(await dead_letters(environment, "show", letter, "--json"))[0]["history"]
    assert (past["action"], past["actor"], past["outcome"]) == ("edit", "ann", "replayed")


@pytest.mark.usefixtures("one_agent")
async def test_a_copy_that_fails_is_a_letter_of_its_own_and_can_be_edited_again(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await given_no_mallory(connection)
    await start_workers()
    letter = await given_letter(connection, a_handover(event_id="e-1", contact_name="Mallory"))

    result = await dead_letters(environment, "edit", letter, "--set", "data.priority=5", "--json")
    [copy] = [other for other, state in (await states(connection)).items() if state == "open"]
    again = await dead_letters(environment, "edit", copy, "--set", "data.contactName=Ann", "--json")

    assert (result.returncode, lines(result)[0]["outcome"]) == (4, "failed")
    assert (await the_letter(connection, letter))["superseded_by"] == "e-1.edit-1"
    row = await the_letter(connection, copy)
    assert (row["event_id"], row["attempts"], row["superseded_by"]) == ("e-1.edit-1", 1, "e-1.edit-1.edit-1")
    assert (again.returncode, lines(again)[0]["outcome"]) == (0, "replayed")
    assert await states(connection) == {letter: "superseded", copy: "superseded"}


async def sent(bot: Bot) -> Any:
    queue = await bot.channel.get_queue(Topology().requests)
    message = await queue.get(no_ack=True)
    assert message is not None
    return message


async def test_the_copy_names_its_original(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot
) -> None:
    letter = await given_letter(connection, a_handover("254700000001", event_id="e-1"))

    result = await dead_letters(
        environment,
        "edit",
        letter,
        "--set",
        "data.context.order.id=7",
        "--set",
        "data.teamId=12",
        "--wait",
        0.2,
    )

    assert result.returncode == 4
    message = await sent(bot)
    event = json.loads(message.body)
    assert (event["id"], event["handoverreplayof"], message.message_id) == ("e-1.edit-1", "e-1", "e-1.edit-1")
    assert (message.content_type, message.headers["x-handover-replay-of"]) == (CONTENT_TYPE, "e-1")
    assert (event["data"]["context"], event["data"]["teamId"]) == ({"order": {"id": 7}}, "12")
    assert await states(connection) == {letter: "replaying"}


async def test_what_had_no_id_gets_one(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot
) -> None:
    letter = await given_letter(connection, body=NAMELESS)
    refused = await dead_letters(environment, "replay", letter, "--force", "--json")

    rehearsed = await dead_letters(environment, "edit", letter, "--set", "data.priority=1", "--dry-run")
    result = await dead_letters(environment, "edit", letter, "--set", "id=e-1", "--wait", 0.2, "--json")

    assert "give it one with `handover dead-letters edit" in lines(refused)[0]["detail"]
    assert json.loads(rehearsed.stdout)["id"] == f"letter-{letter}.edit-1"
    assert rehearsed.stderr == "would be sent; nothing was done\n"
    assert (result.returncode, lines(result)[0]["event_id"]) == (4, "e-1")
    message = await sent(bot)
    handover = decode_handover(message.body, content_type=CONTENT_TYPE, headers={}, message_id=None)
    assert (handover.event_id, handover.contact_id) == ("e-1", "254700000001")
    assert json.loads(message.body)["handoverreplayof"] == f"letter-{letter}"


async def test_an_editor_can_mend_what_is_no_json(
    connection: asyncpg.Connection, environment: dict[str, str], bot: Bot, tmp_path: Path
) -> None:
    letter = await given_letter(
        connection,
        body=b'{"tenantId": "acme", "contactId": "254700000001"',
        properties={"message_id": "e-1"},
        reason="invalid-json",
    )

    result = await dead_letters(
        environment, "edit", letter, "--wait", 0.2, "--json", **editor(tmp_path, 'echo "}" >> "$1"')
    )

    assert lines(result)[0]["event_id"] == "e-1.edit-1"
    assert json.loads((await sent(bot)).body)["data"] == {"tenantId": "acme", "contactId": "254700000001"}


async def test_an_editor_sees_the_event(
    connection: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    letter = await given_letter(connection, body=NO_CONTACT, properties={"message_id": "e-1"})
    script = r"""sed -i 's/"name": "Amina"/"name": "Amina", "contactId": "1"/' "$1" """

    result = await dead_letters(environment, "edit", letter, "--dry-run", **editor(tmp_path, script))

    assert json.loads(result.stdout)["data"] == {"tenantId": "acme", "name": "Amina", "contactId": "1"}


async def test_a_file_can_take_its_place(
    connection: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    letter = await given_letter(connection, body=b"\xff", properties={"message_id": "e-1"})
    file = tmp_path / "data.json"
    file.write_bytes(NAMELESS)

    result = await dead_letters(
        environment, "edit", letter, "--body", file, "--set", "data.channel=sms", "--dry-run"
    )

    event = json.loads(result.stdout)
    assert (event["id"], event["data"]["channel"]) == ("e-1.edit-1", "sms")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "data.contactId=anna"), "nothing was sent: contactId holds no digits"),
        (("--set", "data.priority=high"), "nothing was sent: priority: input should be a valid integer"),
        (("--set", "priority"), "'priority' is no change; write it as path=value"),
        (("--set", "data.tenantId.x=1"), "data.tenantId is no object; set all of it"),
        (("--set", "type=other"), "nothing was sent: type 'other' is unknown"),
        (("--body", "/no/such/file"), "/no/such/file cannot be read"),
        ((), "give --set, --body or EDITOR: stdin is no terminal to edit at"),
    ],
)
async def test_what_would_be_no_handover_is_refused_and_nothing_written(
    connection: asyncpg.Connection, environment: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    letter = await given_letter(connection)

    result = await dead_letters(environment, "edit", letter, *words, EDITOR="", VISUAL="")

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert await states(connection) == {letter: "open"}
    assert await connection.fetchval("select count(*) from handover.replays") == 0


async def test_nothing_changed_is_nothing_sent(
    connection: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    letter = await given_letter(connection)

    result = await dead_letters(environment, "edit", letter, **editor(tmp_path, "true"))
    broken = await dead_letters(environment, "edit", letter, **editor(tmp_path, "exit 3"))

    assert (result.returncode, result.stderr) == (2, "handover: nothing was sent: nothing was changed\n")
    assert broken.returncode == 2
    assert "the editor failed" in broken.stderr


async def test_only_an_open_letter_is_edited(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection, state="discarded")

    result = await dead_letters(environment, "edit", letter, "--set", "data.priority=1")
    nobody = await dead_letters(environment, "edit", UUID(int=1), "--set", "data.priority=1")

    assert result.returncode == 2
    assert result.stderr == f"handover: letter {letter} is discarded: only an open one can be edited\n"
    assert nobody.returncode == 3


@pytest.mark.usefixtures("one_agent")
async def test_a_copy_whose_contact_has_a_newer_handover_stays_unless_forced(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    letter = await given_letter(connection, a_handover("254700000001", event_id="old"))
    await handed_over(connection, a_handover("254700000001", event_id="new"))

    kept = await dead_letters(environment, "edit", letter, "--set", "data.priority=1", "--json")
    forced = await dead_letters(environment, "edit", letter, "--set", "data.priority=1", "--force", "--json")

    assert (kept.returncode, lines(kept)[0]["outcome"]) == (4, "superseded")
    assert "the copy was not sent: event 'new' of the same contact was handled" in kept.stderr
    assert (forced.returncode, lines(forced)[0]["outcome"]) == (0, "replayed")


@pytest.mark.usefixtures("one_agent", "bot")
@pytest.mark.parametrize("name", ["Ann", "Mallory"], ids=["handled", "failed"])
async def test_an_edit_that_was_killed_is_resumed(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    start_workers: StartWorkers,
    name: str,
) -> None:
    await given_no_mallory(connection)
    letter = await given_letter(connection, a_handover(event_id="e-1"))
    async with started(environment, "edit", letter, "--set", f"data.contactName={name}") as running:
        await until(connection, "select count(*) = 1 from handover.replay_letters where outcome = 'sent'")
        running.process.kill()
    await start_workers()
    await until(
        connection,
        "select count(*) > 0 from handover.handled_events"
        if name == "Ann"
        else "select count(*) = 2 from handover.dead_letters",
    )
    gone = "select count(*) = 0 from pg_stat_activity where application_name = 'handover-command'"
    await until(connection, gone)

    result = await dead_letters(environment, "replay", "--resume", "--json")

    expected = ("replayed", 0) if name == "Ann" else ("failed", 4)
    assert (lines(result)[0]["outcome"], result.returncode) == expected
    row = await the_letter(connection, letter)
    assert (row["state"], row["superseded_by"]) == ("superseded", "e-1.edit-1")
