"""`handover sessions explain` for every place a contact can be in, on what real handovers left."""

from typing import Any

import asyncpg
from builders import TENANT, a_handover, given_agents, given_session, given_team, handed_over
from commands import handover
from sessions_command import AS_WRITTEN, CONTACT, sessions_command, told

from schemas import Handover
from worker.acceptance import pass_on
from worker.desks import Routing


def explained(environment: dict[str, str], *words: object) -> dict[str, Any]:
    result = sessions_command(environment, "explain", "--json", *words)
    assert (result.returncode, result.stderr) == (0, "")
    return told(result, "explain")


async def announce_all(connection: asyncpg.Connection) -> None:
    """As if the broker had confirmed them."""
    await connection.execute("delete from handover.outbox")


async def test_two_rows(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute("update inbox_sessions set status = 'resolved'")
    await handed_over(connection, a_handover(event_id="e-2"))
    await announce_all(connection)

    story = explained(environment)

    assert [(row["status"], row["assignedAgentId"]) for row in story["sessions"]] == [
        ("assigned", str(agent)),
        ("resolved", str(agent)),
    ]
    assert [(each["event_id"] == "e-2", each["what"]) for each in story["decisions"]] == [
        (True, "assigned"),
        (False, "assigned"),
    ]
    assert story["sentence"].startswith("It is assigned to agent 1 since ")
    assert "because handover e-2 came when it was their turn in the tenant's whole pool" in story["sentence"]
    assert "of its 2 sessions only this one counts, resolved are those opened at " in story["sentence"]


async def test_assigned_to_another_than_the_one_looking(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [away] = await given_agents(connection, status="offline")
    await connection.execute("update handover.agents set name = 'Bob'")
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())

    story = explained(environment, "--agent", away)

    [decision] = story["decisions"]
    assert (decision["agent_id"], decision["considered"]) == (str(agent), 2)
    assert story["looking"] == {"id": str(away), "name": "Bob"}
    assert ", not to Bob, who was passed over then (is not online), not accepted yet" in story[
        "sentence"
    ] or (", not to Bob, who comes later in turn, not accepted yet" in story["sentence"])
    assert [each["passed_over"] for each in story["pool"]["agents"] if each["id"] == str(away)] == [
        "not_online"
    ]


async def test_assigned_to_the_one_looking_and_to_a_stranger(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    stranger = (await given_agents(connection, tenant="globex"))[0]
    await handed_over(connection, a_handover())

    assert "(who is the one looking)" in explained(environment, "--agent", agent)["sentence"]
    assert (
        f"not to {stranger}, who is not on the roster of tenant 'acme'"
        in explained(environment, "--agent", stranger)["sentence"]
    )


async def test_waiting_and_for_which_reason(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection, default=True)
    [agent] = await given_agents(connection, teams=(team,), status="offline")
    await handed_over(connection, a_handover())
    await announce_all(connection)

    story = explained(environment)

    [decision] = story["decisions"]
    assert (decision["what"], decision["reason"], decision["team_name"]) == ("waiting", "none_online", "team")
    assert decision["passed_over"] == [
        {
            "rule": "not_online",
            "why": "is not online",
            "agents": [{"id": str(agent), "name": "agent 1"}],
            "more": 0,
        }
    ]
    assert story["sentence"].startswith("It waits since ")
    assert story["sentence"].endswith(
        " because nobody was online in team team; now agent 1 is not online in team team: once an agent comes"
        " online, a running worker assigns it."
    )


async def test_waiting_though_somebody_could_take_it_by_now(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection, max_sessions=0)
    await handed_over(connection, a_handover())
    await connection.execute("update handover.agents set max_sessions = 1")

    sentence = explained(environment)["sentence"]

    assert (
        "everybody who could take it had as many sessions as allowed in the tenant's whole pool" in sentence
    )
    assert (
        "agent 1 of the tenant's whole pool could take it now, so a running worker gives it to them"
        in sentence
    )


async def test_the_skills_asked_for_count_now_too(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover(skills=("swahili",)))

    story = explained(environment)

    assert [each["why"] for each in story["pool"]["agents"]] == ["lacks a skill that was asked for"]
    assert "nobody online had the skills asked for in" in story["sentence"]


async def test_a_team_that_is_closed_or_assigns_by_hand(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection, default=True)
    await given_agents(connection, teams=(team,))
    await connection.execute("update handover.teams set manual = true")
    await handed_over(connection, a_handover())

    story = explained(environment)

    assert story["pool"]["shut"] == "manual"
    assert (
        "people, not workers, assign the sessions of team team; team team takes nothing now"
        in story["sentence"]
    )


async def test_the_workers_rules_about_heartbeats_and_age_count(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await given_session(connection, "unassigned")
    await connection.execute("""update inbox_sessions set "updatedAt" = now() - interval '2 days'""")
    strict = {**environment, "HANDOVER_HEARTBEAT_SECONDS": "30", "HANDOVER_WAITING_MAX_AGE": "P1D"}

    lenient, story = explained(environment), explained(strict)

    assert [each["pool"]["too_old"] for each in (lenient, story)] == [False, True]
    assert [each["pool"]["agents"][0]["passed_over"] for each in (lenient, story)] == [None, "not_seen"]


async def test_who_let_it_lie_is_passed_over_until_the_next_round(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())
    [row] = await connection.fetch('select id, "assignedAt" from inbox_sessions')
    await pass_on(connection, TENANT, {row["id"]: row["assignedAt"]}, routing=Routing())

    story = explained(environment)

    assert [(each["id"], each["passed_over"]) for each in story["pool"]["agents"]] == [(str(agent), "had_it")]
    assert (
        "because nobody who could take it accepted it in time in the tenant's whole pool" in story["sentence"]
    )


async def test_a_team_unknown_and_fallen_back(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection, default=True)
    await given_agents(connection, teams=(team,))
    await handed_over(connection, a_handover(team_id="sales"))

    story = explained(environment)

    [decision] = story["decisions"]
    assert (decision["requested_team_id"], decision["team_fallback"], decision["team_id"]) == (
        "sales",
        "unknown",
        str(team),
    )
    assert (
        "; the team asked for, 'sales', is unknown in this tenant, so team team was asked instead"
        in story["sentence"]
    )


async def test_never_seen_at_all(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    unknown = explained(environment)
    await given_agents(connection)
    known = explained(environment)

    assert (unknown["sessions"], unknown["decisions"], unknown["tenant_known"]) == ([], [], False)
    assert unknown["sentence"].startswith(
        f"Nothing is known of contact '{CONTACT}', nor anything at all of tenant 'acme': no handover of it was"
        " handled or dead-lettered, so the bot sent none, or sent it under another tenant or number, or it still"
    )
    assert known["sentence"].startswith(f"Nothing is known of contact '{CONTACT}': no handover of it")


async def test_dead_lettered(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    await given_letter(connection, a_handover(event_id="e-9"), "failed", "value too long")

    story = explained(environment)

    [letter] = story["dead_letters"]
    assert (letter["event_id"], letter["reason"], letter["readable"]) == ("e-9", "failed", True)
    assert "It has no session because what it sent became a dead letter at " in story["sentence"]
    assert (
        "(failed: value too long); once the cause is put right, `handover dead-letters replay "
        f"{letter['id']}` hands it over." in story["sentence"]
    )


async def test_dead_lettered_before_anyone_could_read_whose_it_was(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    body = b'{"tenantId": "acme", "contactId": "+254 745-050-238", "priority": "high"}'
    await given_letter(connection, None, "invalid-event", "priority: input should be an integer", body=body)
    await given_letter(connection, None, "invalid-event", "another's", body=body.replace(b"238", b"239"))
    await given_letter(connection, None, "invalid-event", "foreign", body=body.replace(b"acme", b"globex"))

    story = explained(environment)

    assert [(each["error"], each["readable"]) for each in story["dead_letters"]] == [
        ("priority: input should be an integer", False)
    ]


async def test_a_dead_letter_that_is_settled_no_longer_matters(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_letter(connection, a_handover(), "failed", "value too long")
    await connection.execute("update handover.dead_letters set state = 'discarded'")
    without = explained(environment)
    await given_agents(connection)
    await handed_over(connection, a_handover())
    beside = explained(environment)

    assert [letter["state"] for letter in without["dead_letters"]] == ["discarded"]
    assert without["sentence"] == (
        "It has no session because what it sent became a dead letter (failed), which is discarded, and nothing of it"
        " was handled; the contact's next handover opens one."
    )
    assert "dead letter" not in beside["sentence"]


async def test_a_dead_letter_beside_a_session_is_mentioned(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    await given_letter(connection, a_handover(), "failed", "value too long")

    sentence = explained(environment)["sentence"]

    assert sentence.startswith("It is assigned to agent 1")
    assert "; besides, open dead letters of it: 1, the latest of " in sentence


async def test_handled_but_not_yet_announced(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    held = explained(environment)
    await connection.execute("update handover.outbox set leased_until = now() - interval '1 hour'")
    left = explained(environment)
    await announce_all(connection)
    done = explained(environment)

    assert [(each["type"], each["version"], each["in_hand"]) for each in held["unannounced"]] == [
        ("session.assigned.v1", 1, True)
    ]
    assert held["sentence"].endswith(
        "; session.assigned.v1 of version 1 is handled but not yet announced (a worker has it in hand)."
    )
    assert "(no worker has it in hand, a running one publishes it)" in left["sentence"]
    assert (done["unannounced"], "announced" in done["sentence"]) == ([], False)


async def test_resolved_and_deleted(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    for command in ("resolve", "delete"):
        assert sessions_command(environment, command, "--yes", "--as", "joy").returncode == 0
        story = explained(environment)
        expected = {
            "resolve": "was resolved by joy and is never reopened; the contact's next handover opens a new one",
            "delete": "It has no session any more: what there was has been deleted by joy (",
        }[command]
        assert expected in story["sentence"]


async def test_a_session_this_program_did_not_make(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "assigned", agent=agent)
    assert "because the inbox application, or SQL by hand, put it there" in explained(environment)["sentence"]

    await connection.execute("update inbox_sessions set status = 'unassigned'")
    assert "another program opened it and no handover of it was handled" in explained(environment)["sentence"]

    await connection.execute("delete from inbox_sessions")
    await handed_over(connection, a_handover())
    await connection.execute("""update inbox_sessions set status = 'unassigned', "assignedAgentId" = null""")
    assert (
        "because it was taken back by hand from agent 1, not by this program"
        in explained(environment)["sentence"]
    )

    await connection.execute("delete from inbox_sessions")
    assert "has been deleted by hand, not by this program" in explained(environment)["sentence"]


async def test_people_get_sections_and_the_sentence_last(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection, status="offline")
    await handed_over(connection, a_handover(event_id="e-\x1b[2J"))
    await given_letter(connection, a_handover(), "failed", "value too long")

    shown = sessions_command(environment, "explain").stdout

    titles = [line for line in shown.splitlines() if line.isupper()]
    assert titles == [
        "SESSIONS",
        "HANDOVERS AND DECISIONS",
        "WHO COULD TAKE IT NOW, IN TURN",
        "DEAD LETTERS",
        "NOT YET ANNOUNCED",
    ]
    assert "    1 agents considered of the tenant's whole pool" in shown
    assert "    passed over: agent 1: is not online" in shown
    assert shown.splitlines()[-1].startswith("It waits since ")
    assert "\x1b" not in shown


def test_the_wrong_way_to_write_it_is_explained_under_its_number(environment: dict[str, str]) -> None:
    result = handover(environment, "sessions", "explain", "--tenant", TENANT, "--contact", AS_WRITTEN)
    assert result.stdout.startswith(f"contact {CONTACT} of tenant acme\n")


async def given_letter(
    connection: asyncpg.Connection, whose: Handover | None, reason: str, error: str, *, body: bytes = b"{}"
) -> None:
    await connection.execute(
        "insert into handover.dead_letters (id, queue, exchange, routing_key, properties, body, reason, error,"
        " fingerprint, tenant_id, contact_id, event_id)"
        " values (gen_random_uuid(), 'q', 'x', 'k', '{}', $1, $2, $3, 'f', $4, $5, $6)",
        body,
        reason,
        error,
        whose and whose.tenant_id,
        whose and whose.contact_id,
        whose and whose.event_id,
    )
