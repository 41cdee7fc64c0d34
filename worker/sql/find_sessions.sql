-- Returns the active sessions of the contacts, their rows locked until commit; `no key` lets others add
-- messages meanwhile. A session that is resolved while we wait for its row is not returned.
select s.id, s."tenantId" as tenant_id, s."contactId" as contact_id, s."contactName" as contact_name,
       s.channel, s.priority, s.context, s."assignedAt" as assigned_at, s."acceptedAt" as accepted_at,
       s."assignedTeamId" as team_id,
       case when s.status = 'assigned' then s."assignedAgentId" end as agent_id,
       (select name from handover.agents where id = s."assignedAgentId") as agent_name,
       coalesce(last.version, 0) as version,
       case when last.what in ('waiting', 'released') then last.asked_at end as waiting_since,
       coalesce(last.skills, '{}') as skills, last.event_id as handover_id, last.asked_at, last.reason,
       last.decided_at, s."createdAt" as created_at
from (select * from unnest($1::text[], $2::text[]) as n (tenant_id, contact_id) order by tenant_id, contact_id) n
cross join lateral (
    select * from inbox_sessions
    where "tenantId" = n.tenant_id and "contactId" = n.contact_id and status in ('assigned', 'unassigned')
    offset 0 -- a look-up for each contact: joined freely, every active session may be read
    for no key update
) s
left join lateral (
    select version, what, asked_at, skills, event_id, reason, decided_at from handover.assignments
    where session_id = s.id order by version desc limit 1
) last on true
