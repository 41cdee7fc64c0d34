-- Returns the positions of those of the tenants $1 and contacts $2 whose tenant's row, or open session, somebody else
-- has locked. Waits for nobody; what is free is locked for as long as this takes.
with asked as (
    select * from unnest($1::text[], $2::text[]) with ordinality as e (tenant_id, contact_id, position)
), tenants as (
    select tenant_id from handover.tenants where tenant_id = any ($1::text[]) for no key update skip locked
), sessions as (
    select s.id from (select distinct tenant_id, contact_id from asked) a
    cross join lateral (
        select id from inbox_sessions
        where "tenantId" = a.tenant_id and "contactId" = a.contact_id and status in ('assigned', 'unassigned')
        for no key update skip locked
    ) s
)
select position from asked a
where exists (
    select from handover.tenants t where t.tenant_id = a.tenant_id and t.tenant_id not in (select tenant_id from tenants)
) or exists (
    select from inbox_sessions s
    where s."tenantId" = a.tenant_id and s."contactId" = a.contact_id and s.status in ('assigned', 'unassigned')
      and s.id not in (select id from sessions)
)
