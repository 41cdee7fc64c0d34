-- Returns how many sessions of each of tenants $1 have each status, counted up to $2: of contacts $3, of team $4, with $5
-- in the contact's name or of contacts $7, on the screen of agent $6 (see list_sessions), each if given. Locks nothing.
select t.tenant_id, (
    select count(*) from (
        select from inbox_sessions
        where "tenantId" = t.tenant_id and status = 'unassigned'
          and ($3::text[] is null or "contactId" = any ($3)) and ($4::uuid is null or "assignedTeamId" = $4)
          and ($5::text is null or position(lower($5) in lower("contactName")) > 0 or "contactId" = any ($7::text[]))
          and ($6::uuid is null or exists (
              select from handover.agents a where a.id = $6 and a.tenant_id = t.tenant_id
          ) and ("assignedTeamId" is null or "assignedTeamId" in (
              select team_id from handover.team_members where agent_id = $6
          )))
        limit $2
    ) counted
) as unassigned, (
    select count(*) from (
        select from inbox_sessions
        where "tenantId" = t.tenant_id and status = 'assigned'
          and ($3::text[] is null or "contactId" = any ($3)) and ($4::uuid is null or "assignedTeamId" = $4)
          and ($5::text is null or position(lower($5) in lower("contactName")) > 0 or "contactId" = any ($7))
          and ($6::uuid is null or "assignedAgentId" = $6)
        limit $2
    ) counted
) as assigned, (
    select count(*) from (
        select from inbox_sessions
        where "tenantId" = t.tenant_id and status = 'resolved'
          and ($3::text[] is null or "contactId" = any ($3)) and ($4::uuid is null or "assignedTeamId" = $4)
          and ($5::text is null or position(lower($5) in lower("contactName")) > 0 or "contactId" = any ($7))
          and ($6::uuid is null or "assignedAgentId" = $6)
        limit $2
    ) counted
) as resolved
from unnest($1::text[]) as t (tenant_id)
order by t.tenant_id
