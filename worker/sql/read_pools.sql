-- Returns the agents of each pool (the nil uuid: everyone of the tenant), with their last turn there and, for
-- those with a limit, how many sessions they have open. Locks nothing: the tenant's lock covers the roster.
select p.tenant_id, p.pool_id, a.id, a.name, a.active, a.status, a.max_sessions, a.skills, a.seen_at,
       coalesce((select turn from handover.turns t
                 where t.tenant_id = p.tenant_id and t.pool_id = p.pool_id and t.agent_id = a.id), 0) as last_turn,
       case when a.max_sessions is not null then (
           select count(*) from inbox_sessions s where s."assignedAgentId" = a.id and s.status = 'assigned'
       ) else 0 end as open_sessions
from unnest($1::text[], $2::uuid[]) as p (tenant_id, pool_id)
cross join lateral (
    select * from handover.agents
    where p.pool_id = '00000000-0000-0000-0000-000000000000' and tenant_id = p.tenant_id
    union all
    select a.* from handover.team_members m
    join handover.agents a on a.id = m.agent_id
    where m.team_id = p.pool_id and a.tenant_id = p.tenant_id
) a
