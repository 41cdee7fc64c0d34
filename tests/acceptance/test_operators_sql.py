"""The runbook's statements, unchanged, and what the next handover does after each."""

import asyncpg
from builders import a_handover, given_agents
from processes import Bot, StartWorkers, Subscriber

LIST = """SELECT id, status, "assignedAgentId", "assignedAt", "contactId", "contactName", "createdAt", "updatedAt" \
FROM inbox_sessions WHERE "tenantId" = 'acme' AND "contactId" = '254745050238' ORDER BY "createdAt" DESC;"""
RESET = """UPDATE inbox_sessions SET status = 'unassigned', "assignedAgentId" = NULL, "assignedAt" = NULL, \
"updatedAt" = NOW() WHERE "tenantId" = 'acme' AND "contactId" = '254745050238';"""
DELETE = """DELETE FROM inbox_messages WHERE "sessionId" IN ( SELECT id FROM inbox_sessions WHERE "tenantId" = 'acme' \
AND "contactId" = '254745050238' ); DELETE FROM inbox_sessions WHERE "tenantId" = 'acme' AND "contactId" = \
'254745050238';"""


async def test_list_reset_and_delete_by_hand(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection, 2)
    await start_workers()

    await bot.hand_over(a_handover("+254 745 050 238", contact_name="Ann"))
    [first] = await subscriber.until(1)
    [row] = await connection.fetch(LIST)
    assert (first.session_id, "assigned", first.agent_id, "254745050238", "Ann") == (
        row["id"],
        row["status"],
        row["assignedAgentId"],
        row["contactId"],
        row["contactName"],
    )

    # With somebody online a running worker would give the session out again at once.
    await connection.execute("update handover.agents set status = 'offline'")
    await connection.execute(RESET)
    [row] = await connection.fetch(LIST)
    assert (row["status"], row["assignedAgentId"], row["assignedAt"]) == ("unassigned", None, None)

    await bot.hand_over(a_handover())
    second = (await subscriber.until(2))[1]
    assert (second.session_id, second.session_version, second.created, second.reason) == (
        first.session_id,
        2,
        False,
        "none_online",
    )
    await connection.execute("update handover.agents set status = 'online'")
    third = (await subscriber.until(3))[2]
    assert (third.session_id, third.session_version, third.reason) == (first.session_id, 3, "queue")
    assert third.agent_id in agents

    await connection.execute(
        'insert into inbox_messages ("sessionId", "tenantId", "contactId", direction, content)'
        " values ($1, 'acme', '254745050238', 'inbound', 'hello')",
        first.session_id,
    )
    await connection.execute(DELETE)
    assert await connection.fetch(LIST) == []
    assert await connection.fetchval("select count(*) from inbox_messages") == 0

    await bot.hand_over(a_handover())
    fourth = (await subscriber.until(4))[3]
    assert (fourth.session_version, fourth.created) == (1, True)
    assert fourth.session_id != first.session_id
