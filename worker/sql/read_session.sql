-- Returns session $1 of tenant $2, with its agent's name. Locks nothing.
select s.id, s."tenantId", s."contactId", s."contactName", s.status::text as status, s.channel, s."assignedAgentId",
       s."assignedAt", s."acceptedAt", s."assignedTeamId", s.priority, s.context, s."lastMessageAt", s."createdAt",
       s."updatedAt", a.name as agent_name
from inbox_sessions s
left join handover.agents a on a.id = s."assignedAgentId"
where s.id = $1 and s."tenantId" = $2
