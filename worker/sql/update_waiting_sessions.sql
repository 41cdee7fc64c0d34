-- Returns nothing. The rows are locked already.
update inbox_sessions s
set status = 'unassigned', "assignedAgentId" = null, "assignedAt" = null, "acceptedAt" = null, "contactName" = n.contact_name, channel = n.channel, priority = n.priority,
    context = n.context::jsonb,
    "assignedTeamId" = n.team_id, "updatedAt" = $7
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::uuid[])
  as n (id, contact_name, channel, priority, context, team_id)
where s.id = n.id
