-- Returns at most $6 sessions of tenants $1, the newest first, behind the one opened at $10 with id $11: of contacts
-- $2, of status $3, of agent $4, opened since $5, of team $7, with $8 in the contact's name or of contacts $13, on the
-- screen of agent $9 (their own, and what waits for anybody or for a team of theirs), each if given; their context only
-- if $12. Each tenant and status is an index read backwards, however many sessions there are. Locks nothing.
with newest as (
    (
        select s.id, s."createdAt" from unnest($1::text[]) as t (tenant_id)
        cross join lateral (
            select id, "createdAt" from inbox_sessions
            where "tenantId" = t.tenant_id and status = 'assigned' and ($3::text is null or $3 = 'assigned')
              and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
              and ($5::timestamptz is null or "createdAt" >= $5) and ($7::uuid is null or "assignedTeamId" = $7)
              and ($8::text is null or position(lower($8) in lower("contactName")) > 0
                   or "contactId" = any ($13::text[]))
              and ($9::uuid is null or "assignedAgentId" = $9)
              and ($10::timestamptz is null or "createdAt" <= $10 and ("createdAt" < $10 or id > $11))
            order by "createdAt" desc, id limit $6
        ) s
    ) union all (
        select s.id, s."createdAt" from unnest($1::text[]) as t (tenant_id)
        cross join lateral (
            select id, "createdAt" from inbox_sessions
            where "tenantId" = t.tenant_id and status = 'unassigned' and ($3::text is null or $3 = 'unassigned')
              and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
              and ($5::timestamptz is null or "createdAt" >= $5) and ($7::uuid is null or "assignedTeamId" = $7)
              and ($8::text is null or position(lower($8) in lower("contactName")) > 0 or "contactId" = any ($13))
              and ($9::uuid is null or exists (
                  select from handover.agents a where a.id = $9 and a.tenant_id = t.tenant_id
              ) and ("assignedTeamId" is null or "assignedTeamId" in (
                  select team_id from handover.team_members where agent_id = $9
              )))
              and ($10::timestamptz is null or "createdAt" <= $10 and ("createdAt" < $10 or id > $11))
            order by "createdAt" desc, id limit $6
        ) s
    ) union all (
        select s.id, s."createdAt" from unnest($1::text[]) as t (tenant_id)
        cross join lateral (
            select id, "createdAt" from inbox_sessions
            where "tenantId" = t.tenant_id and status = 'resolved' and ($3::text is null or $3 = 'resolved')
              and ($2::text[] is null or "contactId" = any ($2)) and ($4::uuid is null or "assignedAgentId" = $4)
              and ($5::timestamptz is null or "createdAt" >= $5) and ($7::uuid is null or "assignedTeamId" = $7)
              and ($8::text is null or position(lower($8) in lower("contactName")) > 0 or "contactId" = any ($13))
              and ($9::uuid is null or "assignedAgentId" = $9)
              and ($10::timestamptz is null or "createdAt" <= $10 and ("createdAt" < $10 or id > $11))
            order by "createdAt" desc, id limit $6
        ) s
    )
    order by "createdAt" desc, id limit $6
)
select s.id, s."tenantId", s."contactId", s."contactName", s.status::text as status, s.channel, s."assignedAgentId",
       s."assignedAt", s."acceptedAt", s."assignedTeamId", s.priority,
       case when $12 then s.context end as context, s."lastMessageAt", s."createdAt", s."updatedAt",
       a.name as agent_name
from newest n
join inbox_sessions s using (id)
left join handover.agents a on a.id = s."assignedAgentId"
order by n."createdAt" desc, id
