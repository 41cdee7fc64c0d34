"""Acts in the console are those of the commands: the same answers, the same audit, under the name given at login."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, handed_over
from chaos.proxy import in_front_of
from commands import handover, rows
from consoles import Open
from letterbox import given_letter, states, the_letter
from operators import started, until
from processes import StartWorkers
from visiting import AS, Visitor, looking

COMMAND = "handover-command"
CONTACT = "254745050238"
OF_CONTACT = ("--tenant", TENANT, "--contact", CONTACT)
NOTHING: list[dict[str, Any] | None] = [
    None,
    {},
    {"state": ["open"]},
    {"error": ""},
    {"error": " "},
    {"contact": ""},
    {"contact": " "},
    {"tenant": ""},
    {"reason": []},
    {"fingerprint": [], "ids": [], "state": []},
]
"""Filters that leave out no letter, or might as well not be there."""
ANEW = {"tenantId": TENANT, "contactId": CONTACT}


@pytest.fixture
async def session(connection: asyncpg.Connection) -> UUID:
    """A session that is assigned to the first of two agents."""
    await given_agents(connection, 2)
    await handed_over(connection, a_handover(CONTACT, contact_name="Wanjiku"))
    found: UUID = await connection.fetchval("select id from inbox_sessions")
    return found


async def said(environment: dict[str, str], *words: object) -> dict[str, Any]:
    """The one line a command prints."""
    result = await asyncio.to_thread(handover, environment, *words, "--json", "--as", AS)
    assert result.returncode == 0, result.stderr
    line: dict[str, Any] = json.loads(result.stdout)
    return line


async def test_a_dry_run_says_what_the_command_says_and_changes_nothing(
    connection: asyncpg.Connection, session: UUID, ada: Visitor, environment: dict[str, str]
) -> None:
    for act, command in (("release", "reset"), ("resolve", "resolve")):
        foreseen = await ada.did(f"/api/sessions/{session}/{act}", {"dryRun": True})
        assert foreseen == await said(environment, "sessions", command, *OF_CONTACT, "--dry-run")
    assert await connection.fetchval("select status from inbox_sessions") == "assigned"


@pytest.mark.parametrize(("act", "status"), [("release", "unassigned"), ("resolve", "resolved")])
async def test_what_is_done_is_done_as_by_the_command_and_audited_with_the_name(
    connection: asyncpg.Connection, session: UUID, ada: Visitor, act: str, status: str
) -> None:
    done = await ada.did(f"/api/sessions/{session}/{act}")

    assert (done["done"], done["status"], done["actor"], done["session_version"]) == (True, status, AS, 2)
    assert await connection.fetchval("select status from inbox_sessions") == status
    audited = await connection.fetchrow("select actor, reason from handover.assignments where version = 2")
    assert audited is not None
    assert tuple(audited) == (AS, "operator")
    assert await connection.fetchval("select count(*) from handover.outbox where version = 2") == 1


async def test_what_says_assigned_and_names_no_agent_is_released_too(
    connection: asyncpg.Connection, session: UUID, ada: Visitor
) -> None:
    await connection.execute('update inbox_sessions set "assignedAgentId" = null')
    done = await ada.did(f"/api/sessions/{session}/release")
    assert (done["done"], done["event_type"], done["status"]) == (True, "session.released.v1", "unassigned")
    assert await connection.fetchval("select status from inbox_sessions") == "unassigned"


async def test_a_session_is_given_to_an_agent_and_not_to_one_who_is_away_unless_forced(
    connection: asyncpg.Connection, session: UUID, ada: Visitor, environment: dict[str, str]
) -> None:
    [other] = await given_agents(connection, status="offline")
    path, wish = f"/api/sessions/{session}/reassign", {"agentId": str(other)}

    refused = await ada.post(path, wish)
    foreseen = await ada.did(path, {**wish, "force": True, "dryRun": True})
    told = await said(
        environment, "sessions", "reassign", *OF_CONTACT, "--agent", other, "--force", "--dry-run"
    )
    done = await ada.did(path, {**wish, "force": True})

    assert refused.status == 409
    assert "is offline" in refused.json["error"] or "not online" in refused.json["error"]
    assert foreseen == told
    assert (done["agent_id"], done["actor"]) == (str(other), AS)


async def test_a_session_is_deleted_with_its_messages(
    connection: asyncpg.Connection, session: UUID, ada: Visitor, environment: dict[str, str]
) -> None:
    await connection.execute(
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction, content)'
        " values ($1, $2, $3, 'in', 'hello')",
        session,
        TENANT,
        CONTACT,
    )
    path = f"/api/sessions/{session}/delete"
    foreseen = await ada.did(path, {"dryRun": True})
    told = await said(environment, "sessions", "delete", *OF_CONTACT, "--session", session, "--dry-run")
    done = await ada.did(path)

    assert foreseen == told
    assert (done["done"], done["sessions"][0]["actor"]) == (True, AS)
    assert await connection.fetchval("select count(*) from inbox_sessions") == 0
    assert await connection.fetchval("select count(*) from inbox_messages") == 0
    story = await ada.get(f"/api/sessions/{session}/story")
    assert story["decisions"][0]["what"] == "deleted"


async def test_a_session_that_changed_since_it_was_seen_is_left_alone(
    connection: asyncpg.Connection, session: UUID, ada: Visitor
) -> None:
    await handed_over(connection, a_handover(CONTACT))
    for act in ("release", "resolve", "delete"):
        answer = await ada.post(f"/api/sessions/{session}/{act}", {"sessionVersion": 1})
        assert (answer.status, "has changed" in answer.json["error"]) == (409, True)
    assert await connection.fetchval("select status from inbox_sessions") == "assigned"
    await ada.did(f"/api/sessions/{session}/resolve", {"sessionVersion": 2})


async def test_an_old_session_of_a_contact_is_not_taken_for_its_open_one(
    connection: asyncpg.Connection, session: UUID, ada: Visitor
) -> None:
    await ada.did(f"/api/sessions/{session}/resolve")
    await handed_over(connection, a_handover(CONTACT))
    answer = await ada.post(f"/api/sessions/{session}/resolve")
    assert (answer.status, "is not open any more" in answer.json["error"]) == (409, True)
    assert await connection.fetchval("select count(*) from inbox_sessions where status = 'assigned'") == 1


async def test_an_act_is_seen_by_whoever_looks(session: UUID, ada: Visitor) -> None:
    """Before any worker has published its event."""
    async with looking(ada.address) as stream:
        await ada.did(f"/api/sessions/{session}/resolve")
        told = await stream.until("session", lambda row: row["id"] == str(session))
    assert (told["status"], told["sessionVersion"], told["contactId"]) == ("resolved", 2, "254 ••• ••• 238")


async def test_letters_are_discarded_and_restored_as_by_the_commands(
    connection: asyncpg.Connection, ada: Visitor, environment: dict[str, str]
) -> None:
    letters = [
        await given_letter(connection, a_handover(str(number)), error="no desk") for number in range(3)
    ]
    wish = {"ids": [str(letters[0]), str(letters[1])]}

    foreseen = await ada.did("/api/letters/discard", {**wish, "dryRun": True})
    told = await said(environment, "dead-letters", "discard", *wish["ids"], "--dry-run")
    done = await ada.did("/api/letters/discard", wish)
    again = await ada.post("/api/letters/discard", wish)
    back = await ada.did("/api/letters/restore", {"filter": {"error": "NO DESK"}})

    assert {name: foreseen[name] for name in told} == told
    assert (done["action"], done["letters"], done["dry_run"]) == ("discard", 2, False)
    assert again.status == 404
    assert (back["action"], back["letters"]) == ("restore", 2)
    assert await states(connection) == dict.fromkeys(letters, "open")
    history = (await ada.get("/api/letters/history"))["actions"]
    assert [(each["action"], each["actor"]) for each in history] == [("restore", AS), ("discard", AS)]
    assert [each["id"] for each in history] == [
        row["id"]
        for row in rows(await asyncio.to_thread(handover, environment, "dead-letters", "history", "--json"))
    ]


@pytest.mark.parametrize("act", ["discard", "restore", "replay"])
async def test_more_letters_than_there_can_be_are_refused(ada: Visitor, act: str) -> None:
    answer = await ada.post(f"/api/letters/{act}", {"filter": {"tenant": TENANT}, "limit": 10**30})
    assert (answer.status, answer.json["error"].startswith("limit: ")) == (422, True)


async def test_what_came_after_a_dry_run_is_not_meant_by_its_filter(
    connection: asyncpg.Connection, ada: Visitor
) -> None:
    early = await given_letter(connection, a_handover("1"))
    rehearsed = await ada.did("/api/letters/discard", {"filter": {"tenant": TENANT}, "dryRun": True})
    planned = await ada.did("/api/letters/replay", {"filter": {"tenant": TENANT}, "dryRun": True})
    late = await given_letter(connection, a_handover("2"))

    again = {"filter": {"tenant": TENANT, "until": planned["until"]}, "dryRun": True}
    assert (await ada.did("/api/letters/replay", again))["total"] == 1
    wish = {"filter": {"tenant": TENANT, "until": rehearsed["until"]}}
    assert (await ada.did("/api/letters/discard", wish))["letters"] == 1
    assert await states(connection) == {early: "discarded", late: "open"}


@pytest.mark.parametrize("filter_", NOTHING)
async def test_all_letters_are_not_meant_by_naming_none(
    connection: asyncpg.Connection, ada: Visitor, filter_: dict[str, Any] | None
) -> None:
    letter = await given_letter(connection)

    wishes: list[dict[str, Any]] = [{"filter": filter_}, {"filter": filter_, "ids": []}]
    for act in ("discard", "restore", "replay"):
        for wish in wishes:
            answer = await ada.post(f"/api/letters/{act}", wish)
            assert (answer.status, answer.json["error"][:17]) == (422, "say which letters")
    assert await states(connection) == {letter: "open"}


@pytest.mark.parametrize("filter_", NOTHING)
async def test_letters_named_by_id_are_not_widened_by_a_filter_that_says_nothing(
    connection: asyncpg.Connection, ada: Visitor, filter_: dict[str, Any] | None
) -> None:
    named, other = [await given_letter(connection, a_handover(str(number))) for number in range(2)]

    wish = {"ids": [str(named)], "filter": filter_}
    foreseen = await ada.did("/api/letters/replay", {**wish, "dryRun": True})
    done = await ada.did("/api/letters/discard", wish)

    assert (foreseen["total"], done["letters"]) == (1, 1)
    assert await states(connection) == {named: "discarded", other: "open"}


@pytest.mark.parametrize("filter_", [{"tenant": TENANT}, {"since": "2026-01-01"}, {"reason": ["failed"]}])
async def test_letters_are_not_named_in_two_ways(
    connection: asyncpg.Connection, ada: Visitor, filter_: dict[str, Any]
) -> None:
    letter = await given_letter(connection)
    answer = await ada.post("/api/letters/discard", {"ids": [str(letter)], "filter": filter_})
    assert (answer.status, answer.json["error"][:17]) == (422, "say which letters")


async def test_a_replay_is_foreseen_as_by_the_command(
    connection: asyncpg.Connection, ada: Visitor, environment: dict[str, str]
) -> None:
    good = await given_letter(connection, a_handover("1"))
    bad = await given_letter(connection, body=b"{}", reason="invalid-event", error="tenantId is missing")

    found = await ada.did("/api/letters/replay", {"ids": [str(good), str(bad)], "dryRun": True})
    told = rows(
        await asyncio.to_thread(
            handover, environment, "dead-letters", "replay", good, bad, "--dry-run", "--json"
        )
    )

    assert found["groups"] == told
    assert (found["replay"], found["total"]) == (None, 2)
    assert set((await states(connection)).values()) == {"open"}


@pytest.mark.usefixtures("bot")
async def test_a_replay_tells_how_far_it_is_until_its_end(
    connection: asyncpg.Connection, ada: Visitor, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    letters = [await given_letter(connection, a_handover(str(number))) for number in range(3)]
    bad = await given_letter(connection, body=b"{}", reason="invalid-event", error="tenantId is missing")

    async with looking(ada.address) as stream:
        begun = await ada.did("/api/letters/replay", {"ids": [*map(str, (*letters, bad))]})
        done = await stream.until("replay", lambda told: told["state"] != "running")
        heard = [letter for told in stream.of("replay") for letter in told["letters"]]
    async with looking(ada.address) as later:
        [known] = later.of("snapshot")[0]["replays"]

    assert begun["total"] == 4
    assert (done["replay"], done["state"], done["actor"]) == (begun["replay"], "done", AS)
    assert (done["total"], done["settled"]) == (4, 4)
    assert done["outcomes"] == {"replayed": 3, "broken": 1}
    assert {letter["letter_id"] for letter in heard} == set(map(str, (*letters, bad)))
    assert known == done
    assert {letter: state for letter, state in (await states(connection)).items() if letter != bad} == (
        dict.fromkeys(letters, "replayed")
    )
    assert await connection.fetchval("select actor from handover.replays") == AS


@pytest.mark.usefixtures("bot")
async def test_a_letter_is_edited_and_replayed_to_success(
    connection: asyncpg.Connection, ada: Visitor, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    await start_workers()
    letter = await given_letter(
        connection,
        body=b'{"tenantId": "acme", "contact": 1}',
        reason="invalid-event",
        error="contactId is missing",
    )
    path = f"/api/letters/{letter}/edit"

    unchanged = await ada.post(path, {"dryRun": True})
    wrong = await ada.post(path, {"set": ["data.contactId"], "dryRun": True})
    foreseen = await ada.did(path, {"set": [f"data.contactId={CONTACT}"], "dryRun": True})
    async with looking(ada.address) as stream:
        begun = await ada.did(path, {"set": [f"data.contactId={CONTACT}"]})
        done = await stream.until("replay", lambda told: told["state"] != "running")

    assert (unchanged.status, wrong.status) == (422, 422)
    assert "contactId" in unchanged.json["error"]
    assert foreseen["event"]["data"]["contactId"] == CONTACT
    assert foreseen["today"] == {"verdict": "replay", "detail": None}
    assert (done["replay"], done["outcomes"]) == (begun["replay"], {"replayed": 1})
    assert (await the_letter(connection, letter))["state"] == "superseded"
    assert await connection.fetchval('select "contactId" from inbox_sessions') == CONTACT


@pytest.mark.parametrize("body", [ANEW, json.dumps(ANEW)])
@pytest.mark.usefixtures("bot")
async def test_a_letter_is_written_anew_as_an_object_or_as_text(
    connection: asyncpg.Connection, ada: Visitor, body: Any
) -> None:
    letter = await given_letter(connection, body=b"{", reason="invalid-json", error="the body is not JSON")
    foreseen = await ada.did(f"/api/letters/{letter}/edit", {"body": body, "dryRun": True})
    assert foreseen["event"]["data"] == ANEW


async def test_a_replay_without_a_queue_is_refused_and_holds_nothing(
    connection: asyncpg.Connection, ada: Visitor
) -> None:
    letter = await given_letter(connection, a_handover("1"))
    answer = await ada.post("/api/letters/replay", {"ids": [str(letter)]})
    assert (answer.status, "no queue" in answer.json["error"]) == (503, True)
    assert await states(connection) == {letter: "open"}


@pytest.mark.usefixtures("bot")
async def test_a_replay_that_nobody_handles_is_held_and_gone_on_with(
    connection: asyncpg.Connection, ada: Visitor, start_workers: StartWorkers
) -> None:
    await given_agents(connection)
    letter = await given_letter(connection, a_handover("1"))
    async with looking(ada.address) as stream:
        begun = await ada.did("/api/letters/replay", {"ids": [str(letter)], "wait": 2})
        early = await ada.post(f"/api/letters/replays/{begun['replay']}/resume")
        assert (early.status, "is still running here" in early.json["error"]) == (409, True)
        stopped = await stream.until("replay", lambda told: told["state"] != "running")
        assert (stopped["state"], stopped["stoppedBy"]) == ("stopped", "no outcome in time")
        assert (await states(connection)) == {letter: "replaying"}

        await start_workers()
        seen = len(stream.told)
        await ada.did(f"/api/letters/replays/{begun['replay']}/resume")
        done = await stream.until("replay", lambda told: told["state"] == "done", since=seen)

    assert done["outcomes"] == {"replayed": 1}
    assert (await states(connection)) == {letter: "replayed"}


@pytest.mark.usefixtures("bot")
async def test_a_replay_whose_broker_falls_silent_is_told_to_have_failed_and_gone_on_with(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    open_console: Open,
    start_workers: StartWorkers,
) -> None:
    await given_agents(connection)
    letter = await given_letter(connection, a_handover("1"))
    async with in_front_of(f"{environment['AMQP_URL']}?heartbeat=1") as (url, proxy):
        console = await open_console(AMQP_URL=url)
        ada = Visitor((await console.logged("console_open"))["address"])
        await ada.log_in()
        async with looking(ada.address) as stream:
            async with connection.transaction():
                await connection.execute("lock table handover.replay_letters in share row exclusive mode")
                begun = await ada.did("/api/letters/replay", {"ids": [str(letter)], "wait": 1})
                proxy.up.deaf = proxy.down.deaf = True
            failed = await stream.until("replay", lambda told: told["state"] != "running")
            proxy.heal()
            await start_workers()
            seen = len(stream.told)
            await ada.did(f"/api/letters/replays/{begun['replay']}/resume")
            await stream.until("replay", lambda told: told["state"] != "running", since=seen)

    assert failed["state"] == "failed"
    assert failed["stoppedBy"]
    assert (await states(connection)) == {letter: "replayed"}


@pytest.mark.usefixtures("bot")
async def test_a_replay_that_is_given_up_sends_nothing_more(
    connection: asyncpg.Connection, ada: Visitor, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    """Its canary lives, so that going on would send the others."""
    await given_agents(connection)
    [canary, *others] = [await given_letter(connection, a_handover(str(number))) for number in range(3)]
    async with started(environment, "replay", "--all", "--canary", 1):
        await until(connection, "select count(*) = 1 from handover.replay_letters where outcome = 'sent'")
    await until(connection, "select count(*) = 0 from pg_stat_activity where application_name = $1", COMMAND)
    await start_workers()
    await until(connection, "select count(*) = 1 from handover.handled_events")
    [left] = (await ada.get("/api/letters/replays"))["replays"]

    async with looking(ada.address) as stream:
        await ada.did(f"/api/letters/replays/{left['replay']}/resume", {"giveUp": True})
        ended = await stream.until("replay", lambda told: told["state"] != "running")

    assert (ended["state"], ended["stoppedBy"], ended["settled"]) == ("stopped", "giving up", 3)
    assert ended["outcomes"] == {"replayed": 1, "not_sent": 2}
    assert await states(connection) == {canary: "replayed", **dict.fromkeys(others, "open")}
