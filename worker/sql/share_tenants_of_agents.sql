-- Returns nothing of use. Locks the tenants of the agents until commit, in order, as the triggers of the roster do
-- for each row: those take them in no order.
select handover.lock_tenant(tenant_id)
from (
    select distinct tenant_id from handover.agents
    where (tenant_id, id) in (select * from unnest($1::text[], $2::uuid[]))
    order by tenant_id
) t
