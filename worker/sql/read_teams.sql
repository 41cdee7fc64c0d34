-- Returns every team of the tenants, each as one value: its tenant, id, whether it is active, the default, manual; its
-- schedule; and its or else the tenant's time to accept. Locks nothing: the tenant's lock covers the roster.
select t as team, t.tenant_id, t.id, t.active, t.is_default
from (
    select t.tenant_id, t.id, t.active, t.is_default, t.manual, t.schedule,
           coalesce(t.accept_seconds, n.accept_seconds)
    from handover.teams t
    left join handover.tenants n using (tenant_id)
    where t.tenant_id = any ($1::text[])
) t
