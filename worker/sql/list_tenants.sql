-- Returns the tenants that have had a handover, a policy or a roster. Locks nothing.
select tenant_id, t.accept_seconds, t.on_offline, t.on_removed, t.grace_seconds
from handover.tenants t
full join (
    select tenant_id from handover.agents union select tenant_id from handover.teams
) roster using (tenant_id)
order by tenant_id
