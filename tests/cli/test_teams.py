"""`handover teams`."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders import TENANT, given_team
from commands import handover, rows

NO_POLICY = {"accept_seconds": None, "on_offline": None, "on_removed": None, "grace_seconds": None}
HOURS = {
    "timezone": "Africa/Nairobi",
    "days": {
        "monday": [{"start": "08:00", "end": "17:00"}],
        "saturday": [{"start": "22:00", "end": "02:00"}],
    },
}


async def test_a_team_is_printed_as_it_was_added(environment: dict[str, str]) -> None:
    team = str(uuid4())
    added = rows(
        handover(environment, "teams", "add", "--tenant", TENANT, "--name", "Sales", "--id", team, "--json")
    )
    plain = {"id": team, "tenant_id": TENANT, "name": "Sales", "active": True, "is_default": False}
    assert added == [{**plain, "manual": False, "schedule": None, **NO_POLICY}]
    assert rows(handover(environment, "teams", "list", "--tenant", TENANT, "--json")) == added
    assert rows(handover(environment, "teams", "list", "--tenant", "globex", "--json")) == []


async def test_a_new_default_takes_the_place_of_the_tenants_old_one(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    first = await given_team(connection, default=True)
    others = await given_team(connection, default=True, tenant="globex")
    (second,) = rows(
        handover(environment, "teams", "add", "--tenant", TENANT, "--name", "B", "--default", "--json")
    )
    assert await _defaults(connection) == {UUID(second["id"]), others}
    (changed,) = rows(handover(environment, "teams", "set", first, "--default", "--json"))
    assert changed["is_default"] is True
    assert await _defaults(connection) == {first, others}


async def test_a_team_is_changed_where_it_was_told_to(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection, default=True)
    (changed,) = rows(handover(environment, "teams", "set", team, "--inactive", "--no-default", "--json"))
    assert (changed["name"], changed["active"], changed["is_default"]) == ("team", False, False)
    (changed,) = rows(handover(environment, "teams", "set", team, "--name", "Desk", "--json"))
    assert (changed["name"], changed["active"], changed["is_default"]) == ("Desk", False, False)


async def test_a_team_that_is_not_there_is_not_found(environment: dict[str, str]) -> None:
    result = handover(environment, "teams", "set", UUID(int=1), "--default")
    assert (result.returncode, result.stdout) == (3, "")


def policy_of(team: dict[str, Any]) -> dict[str, Any]:
    return {name: team[name] for name in NO_POLICY}


async def test_a_team_may_be_added_with_all_there_is(environment: dict[str, str], tmp_path: Path) -> None:
    hours = tmp_path / "hours.json"
    hours.write_text(json.dumps(HOURS))
    words = ("--hours", hours, "--manual", "--default", "--accept-seconds", 60, "--on-offline", "release-all")
    more = ("--on-removed", "release-unaccepted", "--grace-seconds", 0)
    (added,) = rows(
        handover(environment, "teams", "add", "--tenant", TENANT, "--name", "A", *words, *more, "--json")
    )
    assert (added["schedule"], added["manual"], added["is_default"]) == (HOURS, True, True)
    assert policy_of(added) == {
        "accept_seconds": 60,
        "on_offline": "release-all",
        "on_removed": "release-unaccepted",
        "grace_seconds": 0,
    }
    assert rows(handover(environment, "teams", "list", "--json")) == [added]


async def test_hours_and_manual_are_set_and_taken_away_and_else_stay(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection)
    words = ("teams", "set", team, "--json")
    (opened,) = rows(handover(environment, *words, "--hours", "-", "--manual", stdin=json.dumps(HOURS)))
    (named,) = rows(handover(environment, *words, "--name", "Desk"))
    (always,) = rows(handover(environment, *words, "--no-hours", "--no-manual"))

    assert (opened["schedule"], opened["manual"]) == (HOURS, True)
    assert named == {**opened, "name": "Desk"}
    assert (always["schedule"], always["manual"]) == (None, False)


async def test_a_policy_is_set_and_taken_away_and_else_stays(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    team = await given_team(connection)

    def changed(*words: object) -> dict[str, Any]:
        (row,) = rows(handover(environment, "teams", "set", team, *words, "--json"))
        return policy_of(row)

    first = changed("--accept-seconds", 30, "--on-offline", "keep")
    assert first == {**NO_POLICY, "accept_seconds": 30, "on_offline": "keep"}
    assert changed("--grace-seconds", 5) == {**first, "grace_seconds": 5}
    assert changed("--no-accept") == {**first, "grace_seconds": 5, "accept_seconds": None}
    assert changed("--no-policy", "--on-removed", "keep") == {**NO_POLICY, "on_removed": "keep"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "--hours is not JSON: "),
        ("\xff", "--hours is not JSON: "),
        ("[]", "--hours: days is missing"),
        ("{}", "--hours: days is missing"),
        ('{"timezone": "Mars/Olympus", "days": {}}', "--hours: timezone 'Mars/Olympus' is not known"),
        ('{"timezone": "UTC", "days": {"monday": [{"start": "9am", "end": "17:00"}]}}', "--hours: monday has '9am'"),
    ],
)  # fmt: skip
async def test_hours_that_cannot_be_followed_are_not_saved(
    connection: asyncpg.Connection, environment: dict[str, str], given: str, says: str
) -> None:
    team = await given_team(connection)
    result = handover(environment, "teams", "set", team, "--hours", "-", "--name", "Desk", stdin=given)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"handover: {says}")
    row = await connection.fetchrow("select name, schedule from handover.teams")
    assert row
    assert tuple(row) == ("team", None)


def test_hours_that_are_not_there_are_refused(environment: dict[str, str]) -> None:
    result = handover(environment, "teams", "add", "--tenant", TENANT, "--name", "A", "--hours", "/no/such")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "handover: /no/such cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--hours", "-", "--no-hours"),
        ("--accept-seconds", 5, "--no-accept"),
        ("--accept-seconds", 0),
        ("--grace-seconds", -1),
        ("--on-offline", "release"),
    ],
)
def test_flags_that_make_no_sense_are_wrong_usage(
    environment: dict[str, str], words: tuple[object, ...]
) -> None:
    result = handover(environment, "teams", "set", UUID(int=1), *words, stdin=json.dumps(HOURS))
    assert (result.returncode, result.stdout) == (2, "")


async def test_a_table_is_short(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    team = await given_team(connection)
    words = ("--accept-seconds", 60, "--on-offline", "keep", "--grace-seconds", 9)
    table = handover(
        environment, "teams", "set", team, "--hours", "-", *words, stdin=json.dumps(HOURS)
    ).stdout
    head, _, line = table.splitlines()
    assert head.split() == ["id", "tenant", "id", "name", "active", "default", "manual", "hours", "policy"]
    assert line.split(maxsplit=7)[3:] == [
        "yes", "no", "no", "Africa/Nairobi", "accept in 60 s, offline keep, grace 9 s",
    ]  # fmt: skip


async def test_a_table_shows_a_team_whose_hours_sql_has_spoilt(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_team(connection)
    await connection.execute("update handover.teams set schedule = $1", ["nonsense"])
    assert "unreadable" in handover(environment, "teams", "list").stdout


async def _defaults(connection: asyncpg.Connection) -> set[UUID]:
    rows = await connection.fetch("select id from handover.teams where is_default")
    return {row["id"] for row in rows}
