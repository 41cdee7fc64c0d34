-- Returns at most $6 sessions of tenant $1, the newest first: of contacts $2, of status $3, of agent $4, opened since
-- $5, each if given. Each status is an index read backwards, however many sessions there are. Locks nothing.
with newest as (
    (
        select id, "createdAt" from inbox_sessions
        where "tenantId" = $1 and status = 'assigned' and ($3::text is null or $3 = 'assigned')
          and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
          and ($5::timestamptz is null or "createdAt" >= $5)
        order by "createdAt" desc, id limit $6
    ) union all (
        select id, "createdAt" from inbox_sessions
        where "tenantId" = $1 and status = 'unassigned' and ($3::text is null or $3 = 'unassigned')
          and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
          and ($5::timestamptz is null or "createdAt" >= $5)
        order by "createdAt" desc, id limit $6
    ) union all (
        select id, "createdAt" from inbox_sessions
        where "tenantId" = $1 and status = 'resolved' and ($3::text is null or $3 = 'resolved')
          and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
          and ($5::timestamptz is null or "createdAt" >= $5)
        order by "createdAt" desc, id limit $6
    )
    order by "createdAt" desc, id limit $6
)
select s.id, s."tenantId", s."contactId", s."contactName", s.status::text as status, s.channel, s."assignedAgentId",
       s."assignedAt", s."acceptedAt", s."assignedTeamId", s.priority, s.context, s."lastMessageAt", s."createdAt",
       s."updatedAt", a.name as agent_name
from newest n
join inbox_sessions s using (id)
left join handover.agents a on a.id = s."assignedAgentId"
order by n."createdAt" desc, id
