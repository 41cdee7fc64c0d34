"""`handover sessions reset`, `resolve` and `reassign`: what each changes, audits and announces."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, handed_over, sessions
from processes import Bot, StartWorkers, Subscriber
from sessions_command import CONTACT, sessions_command, told

from schemas import SessionEvent, decode_session_event

OPERATION = ("--yes", "--as", "joy", "--json")


async def left_to_announce(connection: asyncpg.Connection) -> list[SessionEvent]:
    """The events nobody has in hand: the first sweeper takes them."""
    rows = await connection.fetch(
        "select body from handover.outbox where leased_until <= clock_timestamp() order by created_at, version"
    )
    return [decode_session_event(row["body"]) for row in rows]


async def audit(connection: asyncpg.Connection) -> asyncpg.Record:
    """The latest decision."""
    [row] = await connection.fetch("select * from handover.assignments order by decided_at desc limit 1")
    return row


async def test_reset_leaves_the_row_unassigned(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection, skills=("swahili",))
    await handed_over(connection, a_handover(skills=("swahili",), event_id="e-1"))
    [before] = await sessions(connection)

    result = sessions_command(environment, "reset", *OPERATION)

    [row] = await sessions(connection)
    assert (row["id"], row["status"], row["assignedAgentId"], row["assignedAt"], row["acceptedAt"]) == (
        before["id"],
        "unassigned",
        None,
        None,
        None,
    )
    [event] = await left_to_announce(connection)
    assert (event.type, event.status, event.session_version, event.reason, event.handover_id) == (
        "session.released.v1",
        "unassigned",
        2,
        "operator",
        "e-1",
    )
    assert (event.agent_id, event.previous_agent_id) == (None, agent)
    assert event.routing_key == f"session.released.acme.{agent}"
    decision = await audit(connection)
    assert (decision["what"], decision["reason"], decision["actor"], decision["event_id"]) == (
        "released",
        "operator",
        "joy",
        "e-1",
    )
    assert (decision["skills"], decision["considered"], decision["passed_over"]) == (["swahili"], 0, {})
    assert told(result, "reset") == {
        "done": True,
        "tenant_id": "acme",
        "contact_id": CONTACT,
        "session_id": str(row["id"]),
        "session_version": 2,
        "status": "unassigned",
        "agent_id": None,
        "agent_name": None,
        "previous_agent_id": str(agent),
        "event_type": "session.released.v1",
        "event_id": str(event.event_id),
        "actor": "joy",
    }


async def test_reset_leaves_unassigned_also_what_says_assigned_and_names_no_agent(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    """As of an agent who was deleted, by a foreign key with `on delete set null`: no sweep finds it."""
    await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute('update inbox_sessions set "assignedAgentId" = null')

    result = sessions_command(environment, "reset", *OPERATION)

    [row] = await sessions(connection)
    assert (row["status"], row["assignedAgentId"], row["assignedAt"]) == ("unassigned", None, None)
    [event] = await left_to_announce(connection)
    assert (event.type, event.status, event.session_version, event.reason, event.agent_id) == (
        "session.released.v1",
        "unassigned",
        2,
        "operator",
        None,
    )
    decision = await audit(connection)
    assert (decision["what"], decision["actor"], decision["previous_agent_id"]) == ("released", "joy", None)
    assert (told(result, "reset")["done"], "now assigned to nobody: becomes" in result.stderr) == (True, True)
    again = sessions_command(environment, "reset", *OPERATION)
    assert "is unassigned already: nothing to do" in again.stderr


async def test_the_next_handover_of_what_names_no_agent_gives_it_to_one(
    connection: asyncpg.Connection,
) -> None:
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute('update inbox_sessions set "assignedAgentId" = null')

    [decision] = (await handed_over(connection, a_handover())).decisions

    [row] = await sessions(connection)
    assert (row["status"], row["assignedAgentId"]) == ("assigned", agent)
    assert (decision.what, decision.session.version, decision.session.adrift) == ("assigned", 2, False)


async def test_what_was_reset_waits_since_then(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute('update inbox_sessions set "acceptedAt" = now()')
    sessions_command(environment, "reset", *OPERATION)
    released = await audit(connection)

    outcome = await handed_over(connection, a_handover())

    [decision] = outcome.decisions
    assert (decision.session.version, decision.asked_at) == (3, released["decided_at"])


async def test_reset_of_what_is_unassigned_changes_nothing(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await handed_over(connection, a_handover())

    result = sessions_command(environment, "reset", *OPERATION)

    report = told(result, "reset")
    assert (result.returncode, report["done"], report["event_type"]) == (0, False, None)
    assert "is unassigned already: nothing to do" in result.stderr
    assert (await audit(connection))["version"] == 1
    assert await left_to_announce(connection) == []


async def test_resolve_resolves_the_open_one_alone(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "resolved", agent=agent)
    await handed_over(connection, a_handover())

    result = sessions_command(environment, "resolve", *OPERATION)

    assert [row["status"] for row in await sessions(connection)] == ["resolved", "resolved"]
    [event] = await left_to_announce(connection)
    assert (event.type, event.status, event.session_version, event.agent_id, event.routing_key) == (
        "session.resolved.v1",
        "resolved",
        2,
        agent,
        f"session.resolved.acme.{agent}",
    )
    assert told(result, "resolve")["status"] == "resolved"
    outcome = await handed_over(connection, a_handover())
    assert outcome.decisions[0].created


async def test_reassign_gives_it_to_the_agent_who_has_yet_to_accept(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    one, other = await given_agents(connection, 2)
    session = await given_session(connection, "assigned", agent=one)

    result = sessions_command(environment, "reassign", "--agent", other, *OPERATION)

    [row] = await sessions(connection)
    assert (row["id"], row["status"], row["assignedAgentId"], row["acceptedAt"]) == (
        session,
        "assigned",
        other,
        None,
    )
    [event] = await left_to_announce(connection)
    assert (event.type, event.session_version, event.agent_id, event.agent_name, event.previous_agent_id) == (
        "session.assigned.v1",
        1,
        other,
        "agent 2",
        one,
    )
    assert (event.assigned_at, event.reason) == (row["assignedAt"], "operator")
    assert told(result, "reassign")["agent_name"] == "agent 2"


async def test_reassigning_is_no_turn_of_the_rotation(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    one, other = sorted(await given_agents(connection, 2))
    await handed_over(connection, a_handover("1"))
    await given_session(connection, "unassigned")

    sessions_command(environment, "reassign", "--agent", other, *OPERATION)
    outcome = await handed_over(connection, a_handover("2"), a_handover("3"))

    assert [decision.session.agent_id for decision in outcome.decisions] == [other, one]
    assert (await connection.fetch("select turn from handover.tenants"))[0]["turn"] == 3


async def test_reassigning_to_who_has_it_changes_nothing(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await handed_over(connection, a_handover())

    result = sessions_command(environment, "reassign", "--agent", agent, *OPERATION)

    assert (result.returncode, told(result, "reassign")["done"]) == (0, False)
    assert "is assigned to agent 1 already: nothing to do" in result.stderr


@pytest.mark.parametrize(
    ("unfit", "why"),
    [
        ("active = false", "is not active"),
        ("status = 'busy'", "is not online"),
        ("max_sessions = 0", "has as many sessions as allowed"),
    ],
)
async def test_an_agent_the_worker_would_not_choose_takes_force(
    connection: asyncpg.Connection, environment: dict[str, str], unfit: str, why: str
) -> None:
    [agent] = await given_agents(connection)
    await connection.execute(f"update handover.agents set {unfit}")  # noqa: S608 - of the list above
    await given_session(connection, "unassigned")

    refused = sessions_command(environment, "reassign", "--agent", agent, *OPERATION)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert (
        refused.stderr
        == f"handover: nothing was done: agent 'agent 1' {why}: --force gives it to them nevertheless\n"
    )
    assert [row["assignedAgentId"] for row in await sessions(connection)] == [None]
    assert sessions_command(environment, "reassign", "--agent", agent, "--force", *OPERATION).returncode == 0
    assert [row["assignedAgentId"] for row in await sessions(connection)] == [agent]


async def test_an_agent_without_heartbeats_takes_force_where_they_are_sent(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "unassigned")
    refused = sessions_command(
        environment, "reassign", "--agent", agent, *OPERATION, HANDOVER_HEARTBEAT_SECONDS="30"
    )
    assert refused.returncode == 2
    assert "has sent no heartbeat lately: --force" in refused.stderr


async def test_an_agent_of_another_tenant_is_not_found(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_session(connection, "unassigned")
    [foreign] = await given_agents(connection, tenant="globex")
    for agent in (foreign, uuid4()):
        result = sessions_command(environment, "reassign", "--agent", agent, "--force", *OPERATION)
        assert result.returncode == 3
        assert f"tenant 'acme' has no agent {agent}: see `handover agents list`" in result.stderr


@pytest.mark.parametrize("command", ["reset", "resolve", "reassign"])
async def test_without_an_open_session_there_is_nothing_to_change(
    connection: asyncpg.Connection, environment: dict[str, str], command: str
) -> None:
    await given_session(connection, "resolved")
    words = ("--agent", uuid4()) if command == "reassign" else ()

    result = sessions_command(environment, command, *words, *OPERATION)

    assert (result.returncode, result.stdout) == (3, "")
    assert "has no open session: see `handover sessions explain`" in result.stderr


@pytest.mark.parametrize("command", ["reset", "resolve", "reassign", "delete"])
async def test_it_is_shown_and_nobody_at_the_keyboard_has_to_have_said_yes(
    connection: asyncpg.Connection, environment: dict[str, str], command: str
) -> None:
    one, other = await given_agents(connection, 2)
    session = await given_session(connection, "assigned", agent=one)
    words = ("--agent", other) if command == "reassign" else ()
    before = await sessions(connection)

    dry = sessions_command(environment, command, "--dry-run", "--json", *words)
    asked = sessions_command(environment, command, "--json", *words)

    assert (dry.returncode, told(dry, command)["done"]) == (0, False)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert str(session) in dry.stderr
    assert asked.stderr == dry.stderr + (
        "handover: nothing was done: stdin is no terminal to ask at; pass --yes\n"
    )
    assert await sessions(connection) == before
    assert await connection.fetchval("select count(*) from handover.assignments") == 0
    assert await connection.fetchval("select count(*) from handover.outbox") == 0


async def test_who_did_it_is_the_login_name_unless_told(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_session(connection, "unassigned")
    sessions_command(environment, "resolve", "--yes", LOGNAME="wanjiku")
    assert (await audit(connection))["actor"] == "wanjiku"


async def test_an_exact_id_goes_before_a_number(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    [agent] = await given_agents(connection)
    await given_session(connection, "assigned", agent=agent)
    exact = await given_session(connection, "assigned", agent=agent, contact_id="+254 745 050 238")

    report = told(sessions_command(environment, "resolve", *OPERATION), "resolve")

    assert UUID(report["session_id"]) == exact


async def test_a_running_worker_publishes_what_operators_do(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    environment: dict[str, str],
) -> None:
    """What was reset is back in the queue, and goes to whose turn it is."""
    one, other = sorted(await given_agents(connection, 2))
    await start_workers(HANDOVER_SWEEP_SECONDS="0.2")
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    operations: list[tuple[int, tuple[Any, ...]]] = [
        (3, ("reset",)),
        (4, ("reassign", "--agent", one)),
        (5, ("resolve",)),
        (6, ("delete",)),
    ]

    for events, (command, *words) in operations:
        assert sessions_command(environment, command, *words, "--yes").returncode == 0
        await subscriber.until(events)

    told_of = sorted(subscriber.by_id.values(), key=lambda event: event.session_version)
    assert [(event.what, event.session_version, event.agent_id, event.reason) for event in told_of] == [
        ("assigned", 1, one, "new"),
        ("released", 2, None, "operator"),
        ("assigned", 3, other, "queue"),
        ("assigned", 4, one, "operator"),
        ("resolved", 5, one, "operator"),
        ("deleted", 6, None, "operator"),
    ]
    assert await sessions(connection) == []
