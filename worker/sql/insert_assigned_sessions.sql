-- Returns the ids of the new sessions, each with its agent. One that is missing met a session that another
-- program opened for the contact meanwhile.
insert into inbox_sessions (id, "tenantId", "contactId", "contactName", status, channel, priority, context,
                            "assignedAgentId", "assignedTeamId", "assignedAt", "createdAt", "updatedAt")
select id, tenant_id, contact_id, contact_name, 'assigned', channel, priority, context::jsonb,
       agent_id, team_id, $10, $10, $10
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[],
            $8::uuid[], $9::uuid[])
  as n (id, tenant_id, contact_id, contact_name, channel, priority, context, team_id, agent_id)
on conflict ("tenantId", "contactId") where status in ('assigned', 'unassigned') do nothing
returning id
