-- Returns nothing. The rows are locked already.
update inbox_sessions s
set status = case when n.agent_id is null then 'unassigned' when true then 'assigned'
                  else s.status end, -- of the column's type, whatever it is called
    "contactName" = n.contact_name, channel = n.channel, priority = n.priority, context = n.context::jsonb,
    "assignedAgentId" = n.agent_id, "assignedTeamId" = n.team_id, "assignedAt" = n.assigned_at,
    "acceptedAt" = n.accepted_at, "updatedAt" = $10
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::uuid[], $7::uuid[],
            $8::timestamptz[], $9::timestamptz[])
  as n (id, contact_name, channel, priority, context, team_id, agent_id, assigned_at, accepted_at)
where s.id = n.id
