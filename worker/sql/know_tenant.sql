-- Returns whether the tenant has agents, teams, or handovers handled. Locks nothing.
select exists (select from handover.tenants where tenant_id = $1)
    or exists (select from handover.agents where tenant_id = $1)
    or exists (select from handover.teams where tenant_id = $1)
