"""What must hold at every moment, looked at again and again while things break."""

from dataclasses import dataclass, field

import asyncpg

from chaos.world import repeat

EVERY_SECONDS = 0.25

DOUBLED = """
    select "tenantId" || '/' || "contactId" from inbox_sessions where status in ('assigned', 'unassigned')
    group by "tenantId", "contactId" having count(*) > 1
"""
OVER_CAP = """
    select a.tenant_id || '/' || a.name || ': ' || count(*) || ' of ' || a.max_sessions
    from handover.agents a
    join inbox_sessions s on s."assignedAgentId" = a.id and s.status = 'assigned'
    where a.max_sessions is not null group by a.id having count(*) > a.max_sessions
"""


@dataclass(slots=True)
class Samples:
    """How often was looked, who had two active sessions, and which agent more than they take."""

    taken: int = 0
    doubled: set[str] = field(default_factory=set)
    over_cap: set[str] = field(default_factory=set)

    async def take(self, connection: asyncpg.Connection) -> None:
        """Look once."""
        self.doubled |= {row[0] for row in await connection.fetch(DOUBLED)}
        self.over_cap |= {row[0] for row in await connection.fetch(OVER_CAP)}
        self.taken += 1


async def sample(dsn: str, samples: Samples) -> None:
    """Look until cancelled, whenever there is a database to look at."""
    await repeat(dsn, samples.take, EVERY_SECONDS)
