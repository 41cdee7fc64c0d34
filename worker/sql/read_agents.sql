-- Returns agents with the ids of their teams: all, those of tenant $1, agent $2. Locks nothing.
select a.id, a.tenant_id, a.name, a.status, a.status_at, a.status_reason, a.seen_at, a.active, a.max_sessions,
       a.skills,
       array(select m.team_id from handover.team_members m where m.agent_id = a.id order by m.team_id) as teams
from handover.agents a
where ($1::text is null or a.tenant_id = $1) and ($2::uuid is null or a.id = $2)
order by a.tenant_id, a.name, a.id
