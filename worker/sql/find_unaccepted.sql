-- Returns the sessions whose agent has let the team's, or else the tenant's, time to accept go by, longest first.
-- Locks nothing. Of a tenant where nobody has to hurry it looks at no session.
select s.*
from handover.tenants n
cross join lateral (
    select s."tenantId" as tenant_id, s.id, s."assignedAt" as assigned_at
    from inbox_sessions s
    left join handover.teams t on t.id = s."assignedTeamId"
    where s."tenantId" = n.tenant_id and s.status = 'assigned' and s."acceptedAt" is null
      and s."assignedAt" < now() - make_interval(secs => coalesce(t.accept_seconds, n.accept_seconds))
    order by s."assignedAt"
    limit $1 -- and so a look-up for each tenant: joined freely, every session may be read
) s
where n.accept_seconds is not null
   or exists (select from handover.teams x where x.tenant_id = n.tenant_id and x.accept_seconds is not null)
order by s.assigned_at
limit $1
