-- Returns every tenant there is: of sessions, which are looked up one tenant after the other, of handovers, policies,
-- agents and teams. Locks nothing.
with recursive of_sessions as (
    (select "tenantId" as tenant_id from inbox_sessions order by "tenantId" limit 1)
    union all
    select (select "tenantId" from inbox_sessions where "tenantId" > tenant_id order by "tenantId" limit 1)
    from of_sessions where tenant_id is not null
)
select tenant_id from of_sessions where tenant_id is not null
union select tenant_id from handover.tenants
union select tenant_id from handover.agents
union select tenant_id from handover.teams
order by tenant_id
