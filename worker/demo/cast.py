"""Who plays: ids are fixed, so that a second demonstration on the same database finds the first one's roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from asyncpg import Connection

from worker.roster import AgentChange, Status, Taken, TeamChange, agents, teams

NAMESPACE = UUID("3e0b7c55-7a3e-5f43-8a4e-0f3f7be3a1d2")


@dataclass(frozen=True, slots=True)
class Player:
    """An agent of the demonstration."""

    tenant_id: str
    name: str
    team_ids: Sequence[UUID] = ()
    max_sessions: int | None = None
    skills: Sequence[str] = ()
    status: Status = "online"

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"agent/{self.tenant_id}/{self.name}")


SALES = uuid5(NAMESPACE, "team/acme/Sales")
SUPPORT = uuid5(NAMESPACE, "team/acme/Support")

PLAYERS = (
    Player("acme", "Amina", (SALES,), 2),
    Player("acme", "Brian", (SALES, SUPPORT), 3, ("swahili",)),
    Player("acme", "Chipo", (SUPPORT,), 2, ("billing", "swahili")),
    Player("acme", "Dalia", (SALES,)),
    Player("acme", "Emeka", (SUPPORT,), 2, status="offline"),
    Player("globex", "Farida", max_sessions=2),
    Player("globex", "Goran", max_sessions=2),
    Player("globex", "Hanna"),
)


async def enlist(connection: Connection) -> None:
    """Put everyone on the roster, as they are at the beginning."""
    await _found(connection, SALES, "Sales", default=True)
    await _found(connection, SUPPORT, "Support", default=False)
    for player in PLAYERS:
        await _enlist(connection, player)


async def _found(connection: Connection, team_id: UUID, name: str, *, default: bool) -> None:
    details = TeamChange(name=name, active=True, default=default)
    try:
        await teams.add(connection, "acme", name, team_id, details)
    except Taken:
        await teams.change(connection, team_id, details)


async def _enlist(connection: Connection, player: Player) -> None:
    details = AgentChange(
        name=player.name,
        status=player.status,
        active=True,
        unlimited=player.max_sessions is None,
        max_sessions=player.max_sessions,
        skills=player.skills,
        teams=player.team_ids,
    )
    try:
        await agents.add(connection, player.tenant_id, player.name, player.id, details)
    except Taken:
        await agents.change(connection, player.tenant_id, player.id, details)
