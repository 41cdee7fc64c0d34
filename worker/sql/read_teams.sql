-- Returns every team of the tenants, with the team's or else the tenant's time to accept. Locks nothing: the
-- tenant's lock covers the roster.
select t.tenant_id, t.id, t.active, t.is_default, t.manual, t.schedule,
       coalesce(t.accept_seconds, n.accept_seconds) as accept_seconds
from handover.teams t
left join handover.tenants n using (tenant_id)
where t.tenant_id = any ($1::text[])
