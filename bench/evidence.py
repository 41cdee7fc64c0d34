"""Reading what a run left behind, for the oracle."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from bench.oracle import Announced, Decided, Event, Facts
from schemas import decode_session_event

TURNS = """
-- Returns every agent who could have had a turn since $1, and how many they had. Locks nothing.
select a.tenant_id, a.id, count(d.agent_id) as turns
from handover.agents a
left join handover.assignments d on d.agent_id = a.id and d.what = 'assigned' and d.decided_at >= $1
where a.active and a.status = 'online'
group by a.tenant_id, a.id
"""


async def gather(
    connection: asyncpg.Connection, announced: Iterable[bytes], *, published: int, left: int
) -> Facts:
    """The facts of a run in a database that held no active session before, only resolved ones."""
    started = await connection.fetchval("select at from bench.started")
    handled = await connection.fetch(
        "select tenant_id, event_id from handover.handled_events where handled_at >= $1", started
    )
    decided = await connection.fetch(
        "select tenant_id, event_id, session_id, version, agent_id from handover.assignments"
        " where decided_at >= $1",
        started,
    )
    active = await connection.fetch(
        'select count(*) from inbox_sessions where status in ($1, $2) group by "tenantId", "contactId"',
        "assigned",
        "unassigned",
    )
    turns: dict[str, dict[UUID, int]] = defaultdict(dict)
    for row in await connection.fetch(TURNS, started):
        turns[row["tenant_id"]][row["id"]] = row["turns"]
    return Facts(
        published=published,
        left=left,
        handled=[Event(*row) for row in handled],
        decided=[
            Decided(
                Event(row["tenant_id"], row["event_id"]), row["session_id"], row["version"], row["agent_id"]
            )
            for row in decided
        ],
        announced=heard(announced),
        active_by_contact=[row["count"] for row in active],
        turns=turns,
        unpublished=await connection.fetchval("select count(*) from handover.outbox"),
        dead_letters=await connection.fetchval("select count(*) from handover.dead_letters"),
    )


def heard(bodies: Iterable[bytes]) -> Sequence[Announced]:
    """What a subscriber understood. Raises schemas.EventError for what is no session event."""
    return [
        Announced(
            str(event.event_id),
            Event(event.tenant_id, event.handover_id or ""),
            event.session_id,
            event.session_version,
            event.agent_id,
        )
        for event in map(decode_session_event, bodies)
    ]
