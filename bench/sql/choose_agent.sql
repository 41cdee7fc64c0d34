-- Returns the agent of tenant $1 with skills $2 whose turn is longest ago, the session $3 not counted; nothing if
-- nobody is eligible. Locks nothing: the tenant's lock covers the roster. Sorted before limits are looked at, so that
-- only those are counted who stand before the one whose turn it is.
select a.id, a.name, a.considered
from (
    select a.id, a.name, a.max_sessions, count(*) over () as considered
    from handover.agents a
    left join handover.turns t
      on t.tenant_id = a.tenant_id and t.pool_id = '00000000-0000-0000-0000-000000000000' and t.agent_id = a.id
    where a.tenant_id = $1 and a.active and a.status = 'online' and a.skills @> $2::text[]
    order by coalesce(t.turn, 0), a.id
    offset 0
) a
where a.max_sessions is null or a.max_sessions > (
    select count(*) from inbox_sessions s
    where s."assignedAgentId" = a.id and s.status = 'assigned' and s."tenantId" = $1 and s.id is distinct from $3::uuid
)
limit 1
