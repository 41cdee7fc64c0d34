"""`handover agents`: the roster is what the database says, under the database's names."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
from builders import TENANT, given_agents, given_session, given_team
from commands import handover, rows

NOBODY = UUID(int=1)


async def test_an_agent_is_printed_as_it_was_added(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team, agent_id = await given_team(connection), uuid4()
    words = (
        "--id",
        agent_id,
        "--team",
        team,
        "--skill",
        "swahili",
        "--skill",
        "billing",
        "--max-sessions",
        3,
    )
    added = rows(
        handover(
            environment,
            "agents",
            "add",
            "--tenant",
            TENANT,
            "--name",
            "Amina",
            *words,
            "--status",
            "online",
            "--json",
        )
    )
    assert added == [
        {
            "id": str(agent_id),
            "tenant_id": TENANT,
            "name": "Amina",
            "status": "online",
            "status_at": None,
            "status_reason": None,
            "seen_at": None,
            "active": True,
            "max_sessions": 3,
            "skills": ["swahili", "billing"],
            "teams": [str(team)],
        }
    ]
    assert rows(handover(environment, "agents", "list", "--json")) == added


async def test_agents_are_listed_by_tenant(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection, 2)
    (other,) = await given_agents(connection, 1, tenant="globex")
    listed = rows(handover(environment, "agents", "list", "--tenant", "globex", "--json"))
    assert [agent["id"] for agent in listed] == [str(other)]
    assert len(rows(handover(environment, "agents", "list", "--json"))) == 3


async def test_a_team_of_another_tenant_is_not_found(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection, tenant="globex")
    result = handover(environment, "agents", "add", "--tenant", TENANT, "--name", "Amina", "--team", team)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == f"handover: the agent's tenant has no team {team}: see `handover teams list`\n"
    assert rows(handover(environment, "agents", "list", "--json")) == []


async def test_what_is_given_replaces_what_was_and_the_rest_stays(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    old, new = await given_team(connection), await given_team(connection)
    (agent,) = await given_agents(connection, 1, teams=(old,), max_sessions=2, skills=("swahili",))
    (changed,) = rows(
        handover(
            environment, "agents", "set", agent, "--team", new, "--status", "busy", "--inactive", "--json"
        )
    )
    assert (changed["teams"], changed["status"], changed["active"]) == ([str(new)], "busy", False)
    assert (changed["max_sessions"], changed["skills"]) == (2, ["swahili"])


async def test_a_status_comes_with_its_time_and_its_reason_or_none(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    (agent,) = await given_agents(connection)
    words = ("agents", "set", agent, "--status", "busy")
    before = await connection.fetchval("select now()")
    (lunch,) = rows(handover(environment, *words, "--reason", " lunch ", "--json"))
    (plain,) = rows(handover(environment, *words, "--json"))

    assert (lunch["status"], lunch["status_reason"], plain["status_reason"]) == ("busy", "lunch", None)
    since = [datetime.fromisoformat(row[name]) for row in (lunch, plain) for name in ("status_at", "seen_at")]
    assert before <= since[0] == since[1] < since[2] == since[3]


async def test_a_change_of_anything_else_leaves_the_status_as_it_was(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    (agent,) = await given_agents(connection)
    (busy,) = rows(
        handover(environment, "agents", "set", agent, "--status", "busy", "--reason", "lunch", "--json")
    )
    (named,) = rows(handover(environment, "agents", "set", agent, "--name", "Amina", "--json"))
    assert named == {**busy, "name": "Amina"}


async def test_a_reason_without_a_status_is_refused(environment: dict[str, str]) -> None:
    result = handover(environment, "agents", "set", NOBODY, "--reason", "lunch")
    told = "handover: --reason is the reason of a status: give --status with it\n"
    assert (result.returncode, result.stderr) == (2, told)


async def test_a_table_shows_since_when_and_why(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    (agent,) = await given_agents(connection)
    await connection.execute(
        "update handover.agents set status = 'busy', status_at = '2026-01-05T12:00Z', status_reason = 'lunch'"
    )
    head, _, line = handover(environment, "agents", "list", TZ="Africa/Nairobi").stdout.splitlines()
    assert head.split()[:6] == ["id", "tenant", "id", "name", "status", "since"]
    assert line.split() == [
        str(agent), TENANT, "agent", "1", "busy", "2026-01-05", "15:00:00", "lunch", "yes", "-", "-", "-",
    ]  # fmt: skip


async def test_what_an_agent_has_can_be_taken_away(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection)
    (agent,) = await given_agents(connection, 1, teams=(team,), max_sessions=2, skills=("swahili",))
    words = ("--no-teams", "--no-skills", "--no-max-sessions")
    (changed,) = rows(handover(environment, "agents", "set", agent, *words, "--json"))
    assert (changed["teams"], changed["skills"], changed["max_sessions"]) == ([], [], None)


async def test_giving_and_taking_away_at_once_is_refused(environment: dict[str, str]) -> None:
    result = handover(environment, "agents", "set", NOBODY, "--skill", "swahili", "--no-skills")
    assert (result.returncode, result.stderr) == (2, "handover: --skill and --no-skills exclude each other\n")


async def test_an_agent_of_another_tenant_is_not_changed(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    (agent,) = await given_agents(connection, 1, tenant="globex")
    result = handover(environment, "agents", "set", agent, "--tenant", TENANT, "--status", "offline")
    assert result.returncode == 3
    assert await connection.fetchval("select status from handover.agents where id = $1", agent) == "online"


async def test_an_id_is_given_once(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    (agent,) = await given_agents(connection)
    result = handover(environment, "agents", "add", "--tenant", TENANT, "--name", "Amina", "--id", agent)
    assert result.returncode == 2
    assert f"there is an agent {agent} already" in result.stderr


async def test_removing_says_what_it_does_and_wants_a_yes(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    (agent,) = await given_agents(connection, 1, teams=(await given_team(connection),))
    session = await given_session(connection, "assigned", agent=agent)
    asked, dry = (
        handover(environment, "agents", "remove", agent),
        handover(environment, "agents", "remove", agent, "--dry-run"),
    )
    assert (asked.returncode, dry.returncode) == (2, 0)
    assert dry.stderr.endswith(
        "from the roster and 1 teams; 1 open sessions stay with it until the grace is over,"
        " then go as --on-removed of their team or tenant says, by default to the next agent\n"
    )
    assert (
        asked.stderr.splitlines()[-1]
        == "handover: nothing was done: stdin is no terminal to ask at; pass --yes"
    )
    assert len(rows(handover(environment, "agents", "list", "--json"))) == 1

    assert handover(environment, "agents", "remove", agent, "--yes").returncode == 0
    assert rows(handover(environment, "agents", "list", "--json")) == []
    assert (
        await connection.fetchval('select "assignedAgentId" from inbox_sessions where id = $1', session)
        == agent
    )


async def test_who_is_not_there_cannot_be_removed(environment: dict[str, str]) -> None:
    result = handover(environment, "agents", "remove", NOBODY, "--yes")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == f"handover: there is no agent {NOBODY}: see `handover agents list`\n"


async def test_a_name_is_text_to_a_table(environment: dict[str, str]) -> None:
    """Neither rich's markup nor a terminal's escapes in it are obeyed."""
    handover(environment, "agents", "add", "--tenant", TENANT, "--name", "[red]Eve\x1b[2J")
    listed = handover(environment, "agents", "list").stdout
    assert "[red]Eve\ufffd[2J" in listed
    assert "\x1b" not in listed


async def test_a_blank_name_is_wrong_usage(environment: dict[str, str]) -> None:
    result = handover(environment, "agents", "add", "--tenant", TENANT, "--name", "  ")
    assert result.returncode == 2
    assert "has 0 characters; 1 to 100 are allowed" in result.stderr
