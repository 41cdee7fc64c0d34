-- Returns the sessions $1 with the names of agent and team, and what was last decided about each: its version, the reason,
-- and since when it waits; their context only if $2. Locks nothing.
select s.id, s."tenantId", s."contactId", s."contactName", s.status::text as status, s.channel, s."assignedAgentId",
       s."assignedAt", s."acceptedAt", s."assignedTeamId", s.priority,
       case when $2 then s.context end as context, s."lastMessageAt", s."createdAt", s."updatedAt", a.name as agent_name,
       t.name as team_name, coalesce(last.version, 0) as session_version, last.reason, case when s.status = 'unassigned' then
           coalesce(case when last.what in ('waiting', 'released') then last.asked_at end, s."createdAt")
       end as waiting_since
from inbox_sessions s
left join handover.agents a on a.id = s."assignedAgentId"
left join handover.teams t on t.id = s."assignedTeamId"
left join lateral (
    select version, what, reason, asked_at from handover.assignments
    where session_id = s.id order by version desc limit 1
) last on true
where s.id = any ($1::uuid[])
