-- Returns those of the sessions that are active, their rows locked until commit. A row that somebody holds is left
-- out: waiting for it would hold up the whole tenant, and the next sweep finds it again.
select s.id, s."tenantId" as tenant_id, s."contactId" as contact_id, s."contactName" as contact_name,
       s.channel, s.priority, s.context, s."assignedAt" as assigned_at, s."acceptedAt" as accepted_at,
       s."assignedTeamId" as team_id,
       case when s.status = 'assigned' then s."assignedAgentId" end as agent_id,
       (select name from handover.agents where id = s."assignedAgentId" and s.status = 'assigned') as agent_name,
       coalesce(last.version, 0) as version,
       case when s.status = 'unassigned' then
           case when last.what in ('waiting', 'released') then last.asked_at else s."updatedAt" end
       end as waiting_since,
       coalesce(last.skills, '{}') as skills, last.event_id as handover_id, last.asked_at, last.reason,
       last.decided_at, s."createdAt" as created_at
from inbox_sessions s
left join lateral (
    select version, what, asked_at, skills, event_id, reason, decided_at from handover.assignments
    where session_id = s.id order by version desc limit 1
) last on true
where s.id = any ($1::uuid[]) and (s.status in ('assigned', 'unassigned')) is true -- not to be read by an index of those
order by s."tenantId", s."contactId"
for no key update of s skip locked
