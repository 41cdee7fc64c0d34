-- Returns every session of the contacts $2 of tenant $1, or only session $3; the rows are locked until commit such
-- that nobody can make anything refer to them meanwhile.
select s.id, s."tenantId" as tenant_id, s."contactId" as contact_id, s."contactName" as contact_name,
       s.channel, s.priority, s.context, s."assignedAt" as assigned_at, s."acceptedAt" as accepted_at,
       s."assignedTeamId" as team_id,
       case when s.status = 'assigned' then s."assignedAgentId" end as agent_id,
       (select name from handover.agents where id = s."assignedAgentId" and s.status = 'assigned') as agent_name,
       coalesce(last.version, 0) as version, coalesce(last.skills, '{}') as skills, last.event_id as handover_id
from inbox_sessions s
left join lateral (
    select version, skills, event_id from handover.assignments where session_id = s.id order by version desc limit 1
) last on true
where s."tenantId" = $1 and s."contactId" = any ($2::text[]) and ($3::uuid is null or s.id = $3)
order by s."contactId", s.id
for update of s
