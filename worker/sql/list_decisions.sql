-- Returns the latest $3 decisions about contact $2 of tenant $1, the newest first, with the names they had no room
-- for. Locks nothing.
select d.session_id, d.version, d.event_id, d.what, d.reason, d.actor, d.agent_id, a.name as agent_name,
       d.previous_agent_id, p.name as previous_agent_name, nullif(d.pool_id, '00000000-0000-0000-0000-000000000000')
       as team_id, t.name as team_name, d.requested_team_id, d.team_fallback, d.turn, d.considered, d.passed_over,
       d.skills, d.asked_at, d.decided_at
from handover.assignments d
left join handover.agents a on a.id = d.agent_id
left join handover.agents p on p.id = d.previous_agent_id
left join handover.teams t on t.id = d.pool_id
where d.tenant_id = $1 and d.contact_id = $2
order by d.decided_at desc, d.version desc
limit $3
