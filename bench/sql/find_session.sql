-- Returns the contact's active session with its version, its row locked until commit; nothing if there is none.
select s.id, s."contactName" as contact_name, s.priority, s.context::text as context, s."assignedAt" as assigned_at,
       s."assignedAgentId" as agent_id, (select name from handover.agents where id = s."assignedAgentId") as agent_name,
       (select coalesce(max(version), 0) from handover.assignments where session_id = s.id) as version
from inbox_sessions s
where s."tenantId" = $1 and s."contactId" = $2 and s.status in ('assigned', 'unassigned')
for no key update of s
