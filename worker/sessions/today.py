"""Who could take a contact's open session now: the worker's own rules, asked without its locks."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core.eligibility import Wanted, shut_by
from worker.core.roster import Team, choose_route
from worker.core.rotation import Rotation
from worker.core.story import PastDecision, Pool, SessionRow, Story, candidates
from worker.core.waiting import is_given_up, rests
from worker.pools import read_pools, read_teams


async def who_could(
    connection: Connection, story: Story, heartbeat: timedelta | None, max_age: timedelta
) -> Pool | None:
    """The pool that would be asked if the worker looked at the session now; None without an open one."""
    active, now = story.active, datetime.now(UTC)
    if active is None:
        return None
    tenant_id = story.tenant_id
    teams = await read_teams(connection, [tenant_id], complain=lambda *_: None)
    route = choose_route(None, active.assigned_team_id, teams[tenant_id])
    team = teams[tenant_id].get(route.pool_id)
    gate = shut_by(team, now)
    members = (await read_pools(connection, {tenant_id: {route.pool_id}}))[tenant_id][route.pool_id]
    open_sessions = {member.agent.id: member.open_sessions for member in members}
    if active.assigned_agent_id in open_sessions:
        open_sessions[active.assigned_agent_id] -= 1
    decision = story.last_of(active)
    wanted = Wanted(
        frozenset(decision.skills if decision else ()),
        open_sessions,
        frozenset(await _had_it(connection, decision, team, now)),
        now - heartbeat if heartbeat else None,
    )
    return Pool(
        route.team_id,
        await _team_name(connection, tenant_id, route.team_id),
        candidates(Rotation(member.agent for member in members), wanted),
        gate.name if gate else None,
        team.accept_seconds if team else None,
        _too_old(active, decision, now - max_age),
    )


async def _had_it(
    connection: Connection, decision: PastDecision | None, team: Team | None, now: datetime
) -> Collection[UUID]:
    if decision is None or not rests(decision.reason, decision.decided_at, team, now):
        return ()
    rows = await connection.fetch(sql.read_rounds, [decision.session_id])
    return {agent_id for row in rows for agent_id in row["had_it"]}


async def _team_name(connection: Connection, tenant_id: str, team_id: UUID | None) -> str | None:
    if team_id is None:
        return None
    rows = await connection.fetch(sql.list_teams, tenant_id, team_id)
    return next((row["name"] for row in rows), None)


def _too_old(session: SessionRow, decision: PastDecision | None, since: datetime) -> bool:
    given_up = decision is not None and is_given_up(decision.reason, decision.asked_at, since)
    return session.status == "unassigned" and (session.updated_at <= since or given_up)
