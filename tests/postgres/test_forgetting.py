"""Retention: what is old goes, what is still needed stays."""

import asyncpg
from builders import a_handover, given_agents, handed_over

from worker import sql


async def test_old_event_ids_are_forgotten_and_young_ones_kept(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1", event_id="old"), a_handover("2", event_id="young"))
    await connection.execute(
        "update handover.handled_events set handled_at = now() - interval '91 days' where event_id = 'old'"
    )

    assert await connection.execute(sql.forget_handled_events, 90, 1000) == "DELETE 1"
    assert [
        row["event_id"] for row in await connection.fetch("select event_id from handover.handled_events")
    ] == ["young"]


async def test_the_story_of_an_open_session_is_never_forgotten(connection: asyncpg.Connection) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover("1"), a_handover("2"))
    await connection.execute("update handover.assignments set decided_at = now() - interval '2 years'")
    await connection.execute("""update inbox_sessions set status = 'resolved' where "contactId" = '1'""")

    assert await connection.execute(sql.forget_assignments, 365, 1000) == "DELETE 1"
    assert await connection.fetchval("select contact_id from handover.assignments") == "2"
    outcome = await handed_over(connection, a_handover("2"))
    assert outcome.decisions[0].session.version == 2


async def test_a_bite_is_bounded(connection: asyncpg.Connection) -> None:
    await handed_over(connection, *(a_handover(str(n)) for n in range(5)))
    await connection.execute("update handover.handled_events set handled_at = now() - interval '91 days'")

    assert await connection.execute(sql.forget_handled_events, 90, 3) == "DELETE 3"
