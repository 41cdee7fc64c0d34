-- Returns how many turns each agent of each pool has had since $1, and what the agent and the team are called. Locks
-- nothing.
select d.tenant_id, nullif(d.pool_id, '00000000-0000-0000-0000-000000000000') as team_id, t.name as team_name,
       d.agent_id, a.name as agent_name, d.turns
from (
    select tenant_id, pool_id, agent_id, count(*) as turns from handover.assignments
    where decided_at >= $1 and what = 'assigned' and turn is not null and agent_id is not null
    group by tenant_id, pool_id, agent_id
) d
left join handover.agents a on a.id = d.agent_id
left join handover.teams t on t.id = d.pool_id
order by d.tenant_id, t.name nulls first, a.name
