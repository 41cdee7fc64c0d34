"""Who works where: three tenants whose sessions are rotated, split over teams, or wait for a capped few."""

from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg

NAMESPACE = UUID("6f0e8f62-6d1c-4b60-8b6e-1de1f1b5d0a1")
TENANTS = ("acme", "globex", "initech")


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


TEAMS: dict[str, tuple[str, ...]] = {
    "acme": (),
    "globex": (str(_id("globex sales")), str(_id("globex support"))),
    "initech": (),
}


@dataclass(frozen=True, slots=True)
class Agent:
    """`steady` agents are online for good and take any number: any two of a pool get the same, give or take one."""

    tenant_id: str
    number: int
    max_sessions: int | None = None
    steady: bool = False
    team_id: str | None = None

    @property
    def id(self) -> UUID:
        return _id(f"{self.tenant_id} {self.number}")


AGENTS = (
    *(Agent("acme", n, steady=True) for n in range(5)),
    *(Agent("acme", n) for n in range(5, 8)),
    *(Agent("acme", n, max_sessions=3) for n in range(8, 10)),
    *(Agent("globex", n, steady=True, team_id=TEAMS["globex"][n % 2]) for n in range(6)),
    *(Agent("globex", n, max_sessions=4, team_id=TEAMS["globex"][n % 2]) for n in range(6, 8)),
    *(Agent("initech", n, max_sessions=8) for n in range(4)),
)


async def write(connection: asyncpg.Connection, refused_name: str) -> None:
    """Put everyone on the roster, and have the inbox refuse one name."""
    for tenant_id, teams in TEAMS.items():
        await connection.execute(
            "insert into handover.tenants (tenant_id, on_offline, grace_seconds) values ($1, $2, 1)",
            tenant_id,
            "release-unaccepted" if tenant_id == "acme" else "keep",
        )
        await connection.executemany(
            "insert into handover.teams (id, tenant_id, name) values ($1, $2, 'team')",
            [(team, tenant_id) for team in teams],
        )
    await connection.executemany(
        "insert into handover.agents (id, tenant_id, name, status, max_sessions)"
        " values ($1, $2, $3, 'online', $4)",
        [(a.id, a.tenant_id, f"agent {a.number}", a.max_sessions) for a in AGENTS],
    )
    await connection.executemany(
        "insert into handover.team_members (team_id, agent_id) values ($1, $2)",
        [(a.team_id, a.id) for a in AGENTS if a.team_id],
    )
    await connection.execute(
        f"""alter table inbox_sessions add constraint no_mallory check ("contactName" <> '{refused_name}')"""
    )
