"""The console's API says what the commands say with --json, and nothing of a contact's id unless it is asked to."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import TENANT, a_handover, given_agents, given_session, given_team, handed_over
from commands import handover, rows
from letterbox import given_letter
from visiting import Visitor

from worker.core.redelivery import Conflict

CONTACT = "254745050238"
OTHERS = {"agentName", "teamName", "sessionVersion", "reason", "waitingSince", "revealed"}


async def said(environment: dict[str, str], *words: object) -> list[dict[str, Any]]:
    """What a command prints."""
    return rows(await asyncio.to_thread(handover, environment, *words, "--json"))


@pytest.fixture
async def inbox(connection: asyncpg.Connection) -> list[UUID]:
    """A session in each tab, and the agents."""
    team = await given_team(connection, default=True)
    agents = await given_agents(connection, 2, teams=(team,), max_sessions=1)
    await handed_over(
        connection,
        a_handover(
            CONTACT, contact_name="Wanjiku", context={"intent": "refund", "phone": "+254 745 050 238"}
        ),
        a_handover("254711223344", contact_name="Otieno"),
        a_handover("visitor-81f3", channel="webchat"),
    )
    await given_session(connection, "resolved", contact_id="254700000001")
    return agents


@pytest.mark.usefixtures("inbox")
async def test_sessions_are_those_of_the_command(visitor: Visitor, environment: dict[str, str]) -> None:
    found = await visitor.get("/api/sessions", tenant=TENANT, reveal="true", context="true")
    listed = await said(environment, "sessions", "list", "--tenant", TENANT)

    assert len(listed) == 4
    assert [{name: row[name] for name in row if name not in OTHERS} for row in found["sessions"]] == listed
    assert found["counts"] == {"unassigned": 1, "assigned": 2, "resolved": 1}
    assert found["next"] is None


@pytest.mark.usefixtures("inbox")
async def test_a_list_has_no_context_unless_it_is_asked_for_and_then_fifty_rows_at_most(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    await handed_over(connection, *(a_handover(str(n), context={"n": n}) for n in range(51)))
    without_it = await visitor.get("/api/sessions", limit=500)
    with_it = await visitor.get("/api/sessions", limit=500, context="true")

    assert {row["context"] for row in without_it["sessions"]} == {None}
    assert len(without_it["sessions"]) == 55
    assert [row["context"] for row in with_it["sessions"]].count(None) == 0
    assert len(with_it["sessions"]) == 50
    assert with_it["next"]


@pytest.mark.parametrize("status", ["unassigned", "assigned", "resolved"])
@pytest.mark.usefixtures("inbox")
async def test_a_tab_is_what_the_command_lists_of_a_status(
    visitor: Visitor, environment: dict[str, str], status: str
) -> None:
    found = await visitor.get("/api/sessions", tenant=TENANT, status=status)
    listed = await said(environment, "sessions", "list", "--tenant", TENANT, "--status", status)
    assert listed
    assert [row["id"] for row in found["sessions"]] == [row["id"] for row in listed]


@pytest.mark.usefixtures("inbox")
async def test_stories_are_those_of_the_command(visitor: Visitor, environment: dict[str, str]) -> None:
    [told] = await said(environment, "sessions", "explain", "--tenant", TENANT, "--contact", CONTACT)
    [session] = told["sessions"]

    assert told["decisions"]
    assert await visitor.get(f"/api/sessions/{session['id']}/story", reveal="true") == told
    assert await visitor.get("/api/story", tenant=TENANT, contact="+254 745 050 238", reveal="true") == told


async def test_the_story_of_an_old_session_has_it_and_its_decisions(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    await handed_over(connection, a_handover(CONTACT, contact_name="Wanjiku"))
    old = await connection.fetchval("select id from inbox_sessions")
    await connection.execute("""update inbox_sessions set status = 'resolved', "createdAt" = '2026-01-05'""")
    for _ in range(25):
        await given_session(connection, "resolved", contact_id=CONTACT)
    await handed_over(connection, *(a_handover(CONTACT) for _ in range(25)))

    told = await visitor.get(f"/api/sessions/{old}/story", reveal="true")

    assert [row["contactName"] for row in told["sessions"] if row["id"] == str(old)] == ["Wanjiku"]
    assert [each["version"] for each in told["decisions"] if each["session_id"] == str(old)] == [1]


@pytest.mark.usefixtures("inbox")
async def test_agents_teams_and_tenants_are_those_of_the_commands(
    visitor: Visitor, environment: dict[str, str]
) -> None:
    agents = (await visitor.get("/api/agents"))["agents"]
    teams = (await visitor.get("/api/teams"))["teams"]
    tenants = await visitor.get("/api/tenants")

    assert [without(each, "open", "turns_today", "accept_seconds") for each in agents] == await said(
        environment, "agents", "list"
    )
    assert teams == await said(environment, "teams", "list")
    assert [without(each, "unassigned", "assigned", "resolved") for each in tenants] == await said(
        environment, "tenants", "list"
    )
    assert [(each["open"], each["turns_today"]) for each in agents] == [(1, 1), (1, 1)]
    assert [(each["unassigned"], each["assigned"], each["resolved"]) for each in tenants] == [(1, 2, 1)]


async def test_letters_are_those_of_the_commands(
    connection: asyncpg.Connection, visitor: Visitor, environment: dict[str, str]
) -> None:
    letter = await given_letter(connection, a_handover(CONTACT), error="nobody is at the desk")
    await given_letter(connection, a_handover("2"), error="nobody is at the desk")
    await given_letter(connection, body=b"{", reason="invalid-json", error="the body is not JSON")
    await given_letter(connection, a_handover("3"), state="discarded")

    found = await visitor.get("/api/letters", reveal="true")
    some = await visitor.get("/api/letters", state=["discarded", "replayed"], reveal="true")
    theirs = await visitor.get("/api/letters", contact="whatsapp:+254745050238", reveal="true")
    groups = await visitor.get("/api/letters/groups", reveal="true")
    shown = await visitor.get(f"/api/letters/{letter}", reveal="true")

    assert found["letters"] == await said(environment, "dead-letters", "list")
    assert some["letters"] == await said(environment, "dead-letters", "list", "--state", "discarded")
    assert [each["id"] for each in theirs["letters"]] == [str(letter)]
    assert groups["groups"] == await said(environment, "dead-letters", "groups")
    assert [shown] == await said(environment, "dead-letters", "show", letter)
    assert [group["count"] for group in groups["groups"]] == [2, 1]


@pytest.mark.usefixtures("inbox")
async def test_contact_ids_are_masked_wherever_they_stand(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    letter = await given_letter(
        connection,
        a_handover(CONTACT, contact_name="Wanjiku", context={"id": CONTACT, "replay": {"example": CONTACT}}),
        error=f"contact '{CONTACT}' is another",
    )
    conflict = Conflict(
        a_handover("other@x.example", event_id="chat-1", channel="email"), "first@x.example"
    ).error
    await given_letter(connection, a_handover(CONTACT, event_id="chat-1"), reason="conflict", error=conflict)
    latin = await given_letter(connection, body=b'{"contactId": "%b", "name": "Jos\xe9"}' % CONTACT.encode())
    sessions = await visitor.get("/api/sessions", tenant=TENANT, context="true")
    [session] = [row for row in sessions["sessions"] if row["contactName"] == "Wanjiku"]
    answers = [
        sessions,
        await visitor.get(f"/api/sessions/{session['id']}"),
        await visitor.get(f"/api/sessions/{session['id']}/story"),
        await visitor.get("/api/letters"),
        await visitor.get("/api/letters/groups"),
        await visitor.get(f"/api/letters/{letter}"),
        shown := await visitor.get(f"/api/letters/{latin}"),
    ]

    assert session["contactId"] == "254 ••• ••• 238"
    assert session["context"] == {"intent": "refund", "phone": "254 ••• ••• 238"}
    clues = (CONTACT, "050 238", "first@", "other@")
    assert [answer for answer in map(str, answers) if any(clue in answer for clue in clues)] == []
    assert shown["body"] == {"encoding": "base64", "content": "••• 45 bytes"}
    revealed = await visitor.get(f"/api/sessions/{session['id']}", reveal="true")
    assert (revealed["contactId"], revealed["revealed"]) == (CONTACT, True)


@pytest.mark.usefixtures("inbox")
async def test_an_agents_tabs_are_what_is_theirs_and_what_waits_for_them(
    connection: asyncpg.Connection, visitor: Visitor, inbox: list[UUID]
) -> None:
    other_team = await given_team(connection)
    await handed_over(connection, a_handover("5", team_id=str(other_team)))
    await handed_over(connection, a_handover("6", tenant_id="globex"))

    async def contacts(status: str, **query: Any) -> list[str | None]:
        found = await visitor.get("/api/sessions", agent=inbox[0], status=status, **query)
        return [row["contactId"] for row in found["sessions"]]

    assert await contacts("unassigned") == ["vi•••f3"]
    assert await contacts("unassigned", order="oldest") == ["vi•••f3"]
    assert await contacts("unassigned", tenant="globex") == []
    assert len(await contacts("assigned")) == 1
    found = await visitor.get("/api/sessions", agent=inbox[0])
    assert found["counts"] == {"unassigned": 1, "assigned": 1, "resolved": 0}


@pytest.mark.usefixtures("inbox")
async def test_sessions_are_found_by_contact_name_and_team(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    team = await connection.fetchval("select id from handover.teams")

    async def names(**query: Any) -> list[str | None]:
        return [row["contactName"] for row in (await visitor.get("/api/sessions", **query))["sessions"]]

    assert await names(contact="+254 745 050 238") == ["Wanjiku"]
    assert await names(name="TIE") == ["Otieno"]
    assert await names(name="nobody") == []
    assert await names(find="tie") == ["Otieno"]
    await handed_over(connection, a_handover("cust-abcdef", channel="email", contact_name="Zed"))
    assert await names(find="cust-abcdef") == ["Zed"]
    assert await names(find="cust-abcdef", status="unassigned", order="oldest") == ["Zed"]
    found = await visitor.get("/api/sessions", find="cust-abcdef")
    assert found["counts"] == {"unassigned": 1, "assigned": 0, "resolved": 0}
    assert sorted(map(str, await names(team=team))) == ["None", "Otieno", "Wanjiku", "Zed"]
    assert await names(tenant="globex") == []


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_a_list_is_leafed_through_to_its_end_whatever_has_the_same_age(
    connection: asyncpg.Connection, visitor: Visitor, order: str
) -> None:
    await handed_over(connection, *(a_handover(str(number)) for number in range(7)))
    await handed_over(connection, a_handover("8", tenant_id="globex"))
    whole = await visitor.get("/api/sessions", status="unassigned", order=order)
    leafed: list[str] = []
    behind: dict[str, str] | None = {}
    while behind is not None:
        page = await visitor.get("/api/sessions", status="unassigned", order=order, limit=3, **behind)
        leafed += [row["id"] for row in page["sessions"]]
        behind = {"before": page["next"]} if page["next"] else None

    assert len(set(leafed)) == 8
    assert leafed == [row["id"] for row in whole["sessions"]]


async def test_the_longest_wait_first_is_by_when_they_came(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    for number, name in enumerate(("first", "second")):
        await handed_over(connection, a_handover(str(number), contact_name=name))
    found = await visitor.get("/api/sessions", status="unassigned", order="oldest")
    assert [row["contactName"] for row in found["sessions"]] == ["first", "second"]
    assert [row["reason"] for row in found["sessions"]] == ["no_agents", "no_agents"]
    assert all(row["waitingSince"] for row in found["sessions"])


async def test_turns_are_shared_by_pool_and_time_to_accept_is_the_median(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    team = await given_team(connection)
    [one] = await given_agents(connection, 1, teams=(team,))
    for contact in ("1", "2", "3"):
        await handed_over(connection, a_handover(contact, team_id=str(team)))
    await connection.execute(
        """update inbox_sessions set "acceptedAt" = "assignedAt" + make_interval(secs => "contactId"::int)"""
    )

    found = await visitor.get("/api/agents")

    [pool] = found["pools"]
    assert (pool["team_id"], pool["team_name"]) == (str(team), "team")
    assert [(share["agent_id"], share["turns"]) for share in pool["turns"]] == [(str(one), 3)]
    assert found["agents"][0]["accept_seconds"] == 2


async def test_what_is_asked_wrongly_is_refused_with_what_to_do(visitor: Visitor) -> None:
    wrong = {
        "/api/sessions?status=lost": 422,
        "/api/sessions?nothing=1": 422,
        "/api/sessions?before=yesterday": 422,
        "/api/sessions?order=oldest": 422,
        "/api/sessions?tenant=a%00b": 422,
        "/api/sessions?name=a%00b": 422,
        "/api/letters?reason=a&reason=%00": 422,
        f"/api/letters?limit={10**30}": 422,
        "/api/story?tenant=acme&contact=%1b": 422,
        f"/api/sessions/{uuid4()}": 404,
        f"/api/sessions/{uuid4()}/story": 404,
        "/api/sessions/no-id/story": 404,
        f"/api/letters/{uuid4()}": 404,
    }
    answers = {path: await visitor.ask("GET", path) for path in wrong}
    assert {path: answer.status for path, answer in answers.items()} == wrong
    assert [path for path, answer in answers.items() if not answer.json["error"]] == []


async def test_health_tells_what_was_handled_and_who_works(
    connection: asyncpg.Connection, visitor: Visitor
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1"), a_handover("2"))

    found = await visitor.get("/api/health")

    assert sum(minute["handled"] for minute in found["throughput"]) == 2
    assert [minute["p95"] for minute in found["timeToAssign"] if minute["p50"] is not None]
    assert found["outbox"]["depth"] == 2
    assert found["dependencies"] == {"postgresql": "up", "rabbitmq": "up"}
    assert found["workers"] == []


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
