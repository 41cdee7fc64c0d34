-- Returns names of the tenant's agents with these ids. Locks nothing.
select id, name from handover.agents where tenant_id = $1 and id = any ($2::uuid[])
