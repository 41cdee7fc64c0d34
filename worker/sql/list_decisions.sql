-- Returns the latest $3 decisions about contact $2 of tenant $1, and the latest $3 about their session $4 (null: none), the
-- newest first, with the names they had no room for. Locks nothing.
with told as (
    (
        select session_id, version from handover.assignments where tenant_id = $1 and contact_id = $2
        order by decided_at desc, version desc limit $3
    ) union (
        select session_id, version from handover.assignments where session_id = $4 and tenant_id = $1
        order by version desc limit $3
    )
)
select d.session_id, d.version, d.event_id, d.what, d.reason, d.actor, d.agent_id, a.name as agent_name,
       d.previous_agent_id, p.name as previous_agent_name, nullif(d.pool_id, '00000000-0000-0000-0000-000000000000')
       as team_id, t.name as team_name, d.requested_team_id, d.team_fallback, d.turn, d.considered, d.passed_over,
       d.skills, d.asked_at, d.decided_at
from told
join handover.assignments d using (session_id, version)
left join handover.agents a on a.id = d.agent_id
left join handover.agents p on p.id = d.previous_agent_id
left join handover.teams t on t.id = d.pool_id
order by d.decided_at desc, d.version desc
