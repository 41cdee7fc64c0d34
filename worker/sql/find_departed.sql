-- Returns the agents whose grace after leaving is over, who left first first, and the sessions that policy takes from
-- each. Locks nothing.
select d.tenant_id, d.agent_id, d.left_at, coalesce(array_agg(s.id) filter (where s.id is not null), '{}') as session_ids,
       coalesce(array_agg(s."acceptedAt") filter (where s.id is not null), '{}') as accepted_at
from (
    select d.*, n.on_removed, n.on_offline
    from handover.departures d
    left join handover.tenants n using (tenant_id)
    where d.left_at < now() - make_interval(secs => coalesce(
        (select max(x.grace_seconds) from handover.teams x
         join handover.team_members m on m.team_id = x.id and m.agent_id = d.agent_id),
        n.grace_seconds, $1))
    order by d.left_at
    limit $2
) d
left join (
    inbox_sessions s left join handover.teams t on t.id = s."assignedTeamId"
) on s."assignedAgentId" = d.agent_id and s."tenantId" = d.tenant_id and s.status = 'assigned'
 and case case when d.removed then coalesce(t.on_removed, d.on_removed, 'release-all')
               else coalesce(t.on_offline, d.on_offline, 'keep') end
     when 'release-all' then true
     when 'release-unaccepted' then s."acceptedAt" is null
     else false end
group by d.tenant_id, d.agent_id, d.left_at
order by d.left_at
