"""Serving those who wait: one tenant's sessions, by priority and age, as far as there are agents for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.announcement import Announcement
from worker.core.assignment import Desk
from worker.core.roster import EVERYONE, Team, choose_route
from worker.core.session import Session
from worker.core.transition import Transition
from worker.core.waiting import is_given_up, rests
from worker.desks import Routing, lock_tenant, open_desks
from worker.moving import conclude
from worker.pools import TenantId, read_pools, read_teams

PAGE = 200
"""Waiting sessions looked at per team at a time."""

PAGES = 100
"""Most pages in one transaction: the tenant is locked for as long. What asks for a skill nobody has may fill them."""

Teams = Mapping[UUID, Team]


async def drain(
    connection: Connection, tenant_id: TenantId, *, routing: Routing, max_age: timedelta
) -> Sequence[Announcement]:
    """Assign what can be assigned, in one transaction; the events to announce.

    Sessions unchanged for `max_age` are left to people. Raises what PostgreSQL raises; nothing is changed then.
    """
    teams = (await read_teams(connection, [tenant_id]))[tenant_id]
    if not await _waiting(connection, tenant_id, teams, max_age, limit=1, offset=0):
        return ()
    async with connection.transaction():
        locked = await lock_tenant(connection, tenant_id)
        teams = (await read_teams(connection, [tenant_id]))[tenant_id]
        pool_ids = {choose_route(None, team_id, teams).pool_id for team_id in (None, *teams)}
        pools = await read_pools(connection, {tenant_id: pool_ids})
        desks = open_desks({tenant_id: locked}, {tenant_id: teams}, pools, sessions={}, routing=routing)
        decisions = await _serve(connection, tenant_id, desks[tenant_id], teams, max_age)
        if not decisions:
            return ()
        # The turns given out are set aside now that their number is known; nobody else can have taken any.
        await lock_tenant(connection, tenant_id, turns=len(decisions))
        return await conclude(connection, decisions, routing)


async def _serve(
    connection: Connection, tenant_id: TenantId, desk: Desk, teams: Teams, max_age: timedelta
) -> list[Transition]:
    decisions: list[Transition] = []
    for offset in range(0, PAGES * PAGE, PAGE):
        open_teams = {team_id for team_id in (None, *teams) if desk.has_room(team_id)}
        if not open_teams:
            break
        ids = await _waiting(
            connection, tenant_id, teams, max_age, limit=PAGE, offset=offset, only=open_teams
        )
        rows = await connection.fetch(sql.lock_sessions, ids)
        waiting = (Session(**row) for row in rows if row["agent_id"] is None)
        sessions = sorted(
            (each for each in waiting if not _is_given_up(each, desk, max_age)), key=_turn_in_queue
        )
        rounds = await _rounds(connection, desk, teams, sessions)
        served = (desk.serve(session, rounds.get(session.id, ())) for session in sessions)
        decisions += [decision for decision in served if decision]
        if len(ids) < PAGE:
            break
    return decisions


async def _waiting(
    connection: Connection,
    tenant_id: TenantId,
    teams: Teams,
    max_age: timedelta,
    *,
    limit: int,
    offset: int,
    only: Collection[UUID | None] | None = None,
) -> list[UUID]:
    wanted = [team_id for team_id in teams if only is None or team_id in only]
    teamless = only is None or None in only
    rows = await connection.fetch(
        sql.find_waiting, tenant_id, wanted, teamless, list(teams), max_age, limit, offset
    )
    return [row["id"] for row in rows]


def _is_given_up(session: Session, desk: Desk, max_age: timedelta) -> bool:
    return is_given_up(session.reason, session.asked_at, desk.now - max_age)


def _turn_in_queue(session: Session) -> tuple[object, ...]:
    return -session.priority, session.created_at, session.id


async def _rounds(
    connection: Connection, desk: Desk, teams: Teams, sessions: Sequence[Session]
) -> dict[UUID, Collection[UUID]]:
    """Who had each session in a round that ended without anyone accepting, until the next round begins."""
    resting = [
        session.id
        for session in sessions
        if rests(session.reason, session.decided_at, teams.get(session.team_id or EVERYONE), desk.now)
    ]
    if not resting:
        return {}
    rows = await connection.fetch(sql.read_rounds, resting)
    return {row["session_id"]: row["had_it"] for row in rows}
