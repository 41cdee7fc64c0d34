-- Returns, for each of the events $2 of tenants $1 and contacts $3 that was handled before, its session as it is by the
-- last decision about it; nothing of one whose session is closed, or just taken from its agent. Locks nothing.
select n.tenant_id, n.event_id, n.contact_id, s.id, s."contactName" as contact_name, s.channel, s.priority, s.context,
       s."assignedAt" as assigned_at, s."assignedTeamId" as team_id, last.agent_id,
       (select name from handover.agents where id = last.agent_id) as agent_name,
       last.version, last.what, last.reason, last.asked_at, last.decided_at, last.previous_agent_id,
       last.event_id as handover_id, last.requested_team_id, last.team_fallback
from unnest($1::text[], $2::text[], $3::text[]) as n (tenant_id, event_id, contact_id)
cross join lateral (
    select session_id from handover.assignments
    where tenant_id = n.tenant_id and contact_id = n.contact_id and event_id = n.event_id
    limit 1
) first
cross join lateral (
    select * from handover.assignments where session_id = first.session_id order by version desc limit 1
) last
join inbox_sessions s on s.id = first.session_id and s.status in ('assigned', 'unassigned')
where last.what in ('assigned', 'waiting')
