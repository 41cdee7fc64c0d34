-- A part of other statements, which say what `pools` are. Returns the agents of each (the nil uuid: everyone of the
-- tenant), each as one value: tenant and pool; how many sessions those with a limit have open; then what
-- worker.core.roster.Agent has, in its order, with their last turn there. Of a pool without agents one row, without
-- any. Locks nothing: the tenant's lock covers the roster.
select (p.tenant_id, p.pool_id,
        case when a.max_sessions is not null then (
            select count(*) from inbox_sessions s where s."assignedAgentId" = a.id and s.status = 'assigned'
        ) else 0 end,
        a.id, a.name, a.active, a.status, a.max_sessions, a.skills,
        coalesce((select turn from handover.turns t
                  where t.tenant_id = p.tenant_id and t.pool_id = p.pool_id and t.agent_id = a.id), 0),
        a.seen_at) as agent
from pools p
left join lateral (
    select * from handover.agents
    where p.pool_id = '00000000-0000-0000-0000-000000000000' and tenant_id = p.tenant_id
    union all
    select a.* from handover.team_members m
    join handover.agents a on a.id = m.agent_id
    where m.team_id = p.pool_id and a.tenant_id = p.tenant_id
) a on true
