"""`handover tenants`."""

import asyncio

import asyncpg
from builders import a_handover, given_agents, given_team, handed_over
from commands import handover, rows
from locks import until_blocked

from worker.roster import PolicyChange, tenants

NO_POLICY = {"accept_seconds": None, "on_offline": None, "on_removed": None, "grace_seconds": None}


async def test_a_policy_is_set_and_taken_away_and_else_stays(environment: dict[str, str]) -> None:
    def changed(*words: object) -> dict[str, object]:
        (row,) = rows(handover(environment, "tenants", "set", "acme", *words, "--json"))
        return row

    first = changed("--accept-seconds", 30, "--on-offline", "release-unaccepted", "--on-removed", "keep")
    assert first == {
        "tenant_id": "acme",
        "accept_seconds": 30,
        "on_offline": "release-unaccepted",
        "on_removed": "keep",
        "grace_seconds": None,
    }
    assert changed("--grace-seconds", 0) == {**first, "grace_seconds": 0}
    assert changed("--no-accept") == {**first, "grace_seconds": 0, "accept_seconds": None}
    assert changed("--no-policy", "--accept-seconds", 5) == {
        "tenant_id": "acme",
        **NO_POLICY,
        "accept_seconds": 5,
    }


async def test_tenants_with_a_handover_a_roster_or_a_policy_are_listed(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await handed_over(connection, a_handover(tenant_id="handed"))
    await given_agents(connection, tenant="staffed")
    await given_team(connection, tenant="teamed")
    rows(handover(environment, "tenants", "set", "acme", "--json"))

    listed = rows(handover(environment, "tenants", "list", "--json"))
    assert listed == [{"tenant_id": name, **NO_POLICY} for name in ("acme", "handed", "staffed", "teamed")]


async def test_a_policy_does_not_touch_the_turns(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    rows(handover(environment, "tenants", "set", "acme", "--grace-seconds", 3, "--json"))
    assert await connection.fetchval("select turn from handover.tenants") == 1


async def test_a_policy_changes_between_hand_overs(
    connection: asyncpg.Connection, rival: asyncpg.Connection, observer: asyncpg.Connection
) -> None:
    await handed_over(connection, a_handover("1"))
    async with connection.transaction():
        await handed_over(connection, a_handover("2"))
        changing = asyncio.create_task(tenants.change(rival, "acme", PolicyChange(grace_seconds=1)))
        await until_blocked(observer, rival)
    assert (await changing).grace_seconds == 1


def test_a_blank_tenant_is_wrong_usage(environment: dict[str, str]) -> None:
    assert handover(environment, "tenants", "set", " ", "--grace-seconds", 1).returncode == 2
