-- Returns the sessions whose agent has let the team's, or else the tenant's, time to accept go by, longest first.
-- Locks nothing.
select s."tenantId" as tenant_id, s.id, s."assignedAt" as assigned_at
from handover.tenants n
join inbox_sessions s on s."tenantId" = n.tenant_id and s.status = 'assigned' and s."acceptedAt" is null
left join handover.teams t on t.id = s."assignedTeamId"
where (n.accept_seconds is not null
       or exists (select from handover.teams x where x.tenant_id = n.tenant_id and x.accept_seconds is not null))
  and s."assignedAt" < now() - make_interval(secs => coalesce(t.accept_seconds, n.accept_seconds))
order by s."assignedAt"
limit $1
