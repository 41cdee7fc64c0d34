-- Returns those of the agents that are on their tenant's roster. Locks their rows until commit, in order.
select tenant_id, id
from handover.agents
where (tenant_id, id) in (select * from unnest($1::text[], $2::uuid[]))
order by tenant_id, id
for no key update
