-- Returns every team of the tenants. Locks nothing: the tenant's lock covers the roster.
select tenant_id, id, active, is_default from handover.teams where tenant_id = any ($1::text[])
