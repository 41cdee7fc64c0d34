"""`dead-letters replay` with real workers: replayed means handled."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from commands import Result, handover, rows
from letterbox import given_letter, states, the_letter
from processes import StartWorkers

BROKEN = b'{"tenantId": "acme"}'


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


async def replay(environment: dict[str, str], *words: object) -> Result:
    """The command, while this test's own loop goes on."""
    return await asyncio.to_thread(handover, environment, "dead-letters", "replay", *words)


@pytest.mark.usefixtures("one_agent")
async def test_a_mixed_lot_is_reported_each_as_it_is(
    connection: asyncpg.Connection, environment: dict[str, str], start_workers: StartWorkers
) -> None:
    await start_workers()
    fixed = await given_letter(connection, a_handover("254700000001", event_id="fixed"))
    broken = await given_letter(connection, body=BROKEN, properties={"message_id": "b"}, reason="invalid-event")
    handled = await given_letter(connection, a_handover("254700000003", event_id="handled"))
    superseded = await given_letter(connection, a_handover("254700000004", event_id="old"))
    still = await given_letter(connection, a_handover("254700000005", event_id="still", contact_name="Mallory"))
    await handed_over(
        connection,
        a_handover("254700000003", event_id="handled"),
        a_handover("254700000004", event_id="new"),
    )
    await connection.execute(
        """alter table inbox_sessions add constraint no_mallory check ("contactName" <> 'Mallory')"""
    )

    result = await replay(environment, "--all", "--json")

    assert result.returncode == 4, result.stderr
    import json

    found = {UUID(line["letter_id"]): line for line in map(json.loads, result.stdout.splitlines())}
    assert {letter: line["outcome"] for letter, line in found.items()} == {
        fixed: "replayed",
        broken: "broken",
        handled: "handled",
        superseded: "superseded",
        still: "failed",
    }
    assert await states(connection) == {
        fixed: "replayed",
        broken: "open",
        handled: "open",
        superseded: "open",
        still: "open",
    }
    assert (await the_letter(connection, still))["attempts"] == 2
    assert result.stderr == ""
