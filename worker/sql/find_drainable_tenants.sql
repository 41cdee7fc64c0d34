-- Returns the tenants that have a session waiting, changed within $1, and an agent online with room. Locks nothing.
select w.tenant_id
from (select distinct "tenantId" as tenant_id from inbox_sessions
      where status = 'unassigned' and "updatedAt" > now() - $1::interval) w
where exists (
    select from handover.agents a
    where a.tenant_id = w.tenant_id and a.active and a.status = 'online'
      and (a.max_sessions is null or a.max_sessions > handover.count_open_sessions(a.id))
)
