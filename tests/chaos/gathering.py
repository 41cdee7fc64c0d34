"""Collecting the facts, once everything has healed and the workers have ended."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg

from chaos.facts import Attempted, Decided, Facts, Letter, Recovery
from chaos.history import History
from chaos.roster import AGENTS
from chaos.sampling import Samples
from worker.broker import connected
from worker.core.letter import letter_id
from worker.core.roster import EVERYONE
from worker.database import connect
from worker.topology import Topology


async def quiet(dsn: str, amqp_url: str, history: History, seconds: float) -> bool:
    """Wait until every confirmed message has come to something and every event was heard; whether it did in time."""
    try:
        async with asyncio.timeout(seconds):
            connection = await connect(dsn, name="chaos")
            try:
                while not await _settled(connection, amqp_url, history):
                    await asyncio.sleep(0.2)
            finally:
                connection.terminate()
    except TimeoutError:
        return False
    return True


async def _settled(connection: asyncpg.Connection, amqp_url: str, history: History) -> bool:
    if await connection.fetchval("select count(*) from handover.outbox"):
        return False
    handled = {row[0] for row in await connection.fetch("select event_id from handover.handled_events")}
    letters = {str(row[0]) for row in await connection.fetch("select id from handover.dead_letters")}
    if not history.confirmed.keys() <= handled | letters:
        return False
    heard = {(each.session_id, each.version) for each in history.heard}
    decided = await connection.fetch("select session_id, version from handover.assignments")
    return heard.issuperset(tuple(row) for row in decided) and not await left(amqp_url)


async def left(amqp_url: str) -> int:
    """Messages in the queues of the worker that nobody has taken."""
    topology = Topology()
    count = 0
    async with connected(amqp_url, "chaos-count") as connection, connection.channel() as channel:
        for name in (topology.requests, topology.agents, topology.dead_letters):
            queue = await channel.declare_queue(name, passive=True)
            count += queue.declaration_result.message_count or 0
    return count


async def gather(
    dsn: str,
    amqp_url: str,
    history: History,
    samples: Samples,
    *,
    recoveries: list[Recovery],
    surprises: list[str],
    grown: list[str],
) -> Facts:
    """Read everything there is to know."""
    connection = await connect(dsn, name="chaos")
    try:
        tables = await _tables(connection)
    finally:
        await connection.close()
    return Facts(
        attempts={key: _attempted(history, key) for key in history.attempts},
        heard=[(each.session_id, each.version) for each in history.heard],
        queued=await _queued(amqp_url),
        doubled=sorted(samples.doubled),
        over_cap=sorted(samples.over_cap),
        steady=_steady(),
        recoveries=recoveries,
        surprises=surprises,
        grown=grown,
        **tables,
    )


async def _tables(connection: asyncpg.Connection) -> dict[str, Any]:
    handled = await connection.fetch("select event_id, tenant_id, contact_id from handover.handled_events")
    letters = await connection.fetch("select id::text, reason, error from handover.dead_letters")
    decided = await connection.fetch(
        "select session_id, version, event_id, what, reason, tenant_id, agent_id, pool_id as pool, turn"
        " from handover.assignments"
    )
    return {
        "handled": {row["event_id"]: (row["tenant_id"], row["contact_id"]) for row in handled},
        "letters": [Letter(**row) for row in letters],
        "decided": [Decided(**row) for row in decided],
        "outbox": await connection.fetchval("select count(*) from handover.outbox"),
    }


def _attempted(history: History, key: str) -> Attempted:
    message = history.attempts[key]
    since, announced = history.confirmed.get(key), history.announced.get(key)
    return Attempted(
        message.kind,
        (message.tenant_id, message.contact_id),
        confirmed=since is not None,
        seconds=max(0.0, announced - since) if since is not None and announced is not None else None,
    )


async def _queued(amqp_url: str) -> list[str]:
    """The ids of what the queues still hold; it is taken out of them."""
    topology = Topology()
    found: list[str] = []
    async with connected(amqp_url, "chaos-drain") as connection, connection.channel() as channel:
        for name in (topology.requests, topology.agents, topology.dead_letters):
            queue = await channel.get_queue(name)
            while message := await queue.get(fail=False, no_ack=True):
                found += [message.message_id or "", str(letter_id(message.message_id, message.body))]
    return found


def _steady() -> dict[tuple[str, UUID], list[UUID]]:
    pools: dict[tuple[str, UUID], list[UUID]] = {}
    for agent in AGENTS:
        if agent.steady:
            pool = UUID(agent.team_id) if agent.team_id else EVERYONE
            pools.setdefault((agent.tenant_id, pool), []).append(agent.id)
    return pools
