-- Returns at most $6 sessions of tenant $1, the newest first: of contacts $2, of status $3, of agent $4, opened since
-- $5, each if given. Locks nothing.
select s.id, s."tenantId", s."contactId", s."contactName", s.status::text as status, s.channel, s."assignedAgentId",
       s."assignedAt", s."acceptedAt", s."assignedTeamId", s.priority, s.context, s."lastMessageAt", s."createdAt",
       s."updatedAt", a.name as agent_name
from inbox_sessions s
left join handover.agents a on a.id = s."assignedAgentId"
where s."tenantId" = $1
  and ($2::text[] is null or s."contactId" = any ($2))
  -- With the value known when it is planned only one of these is left, and the index on status serves.
  and ($3::text is null
       or ($3 = 'assigned' and s.status = 'assigned')
       or ($3 = 'unassigned' and s.status = 'unassigned')
       or ($3 = 'resolved' and s.status = 'resolved'))
  and ($4::uuid is null or s."assignedAgentId" = $4)
  and ($5::timestamptz is null or s."createdAt" >= $5)
order by s."createdAt" desc, s.id
limit $6
