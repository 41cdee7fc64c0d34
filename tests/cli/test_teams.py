"""`handover teams`."""

from uuid import UUID, uuid4

import asyncpg
from builders import TENANT, given_team
from commands import handover, rows


async def test_a_team_is_printed_as_it_was_added(environment: dict[str, str]) -> None:
    team = str(uuid4())
    added = rows(
        handover(environment, "teams", "add", "--tenant", TENANT, "--name", "Sales", "--id", team, "--json")
    )
    assert added == [{"id": team, "tenant_id": TENANT, "name": "Sales", "active": True, "is_default": False}]
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


async def _defaults(connection: asyncpg.Connection) -> set[UUID]:
    rows = await connection.fetch("select id from handover.teams where is_default")
    return {row["id"] for row in rows}
