-- Returns at most $2 waiting sessions of tenants $1, the oldest first, behind the one opened at $7 with id $8: of
-- contacts $3, of team $4, with $5 in the contact's name or of contacts $9, on the screen of agent $6 (see
-- list_sessions), each if given. Each tenant is an index read forwards. Locks nothing.
select s.id, s."createdAt" from unnest($1::text[]) as t (tenant_id)
cross join lateral (
    select id, "createdAt" from inbox_sessions
    where "tenantId" = t.tenant_id and status = 'unassigned'
      and ($3::text[] is null or "contactId" = any ($3)) and ($4::uuid is null or "assignedTeamId" = $4)
      and ($5::text is null or position(lower($5) in lower("contactName")) > 0 or "contactId" = any ($9::text[]))
      and ($6::uuid is null or exists (
          select from handover.agents a where a.id = $6 and a.tenant_id = t.tenant_id
      ) and ("assignedTeamId" is null or "assignedTeamId" in (
          select team_id from handover.team_members where agent_id = $6
      )))
      and ($7::timestamptz is null or "createdAt" >= $7 and ("createdAt" > $7 or id > $8))
    order by "createdAt", id limit $2
) s
order by s."createdAt", s.id limit $2
