-- Returns the positions of those of the tenants $1 and contacts $2 whose tenant's row, or open session, somebody else
-- has locked, and of tenants that have no row: it may be somebody's who has not committed. Waits for nobody; what is
-- free is locked for as long as this takes.
with asked as (
    select a.*, s.id from unnest($1::text[], $2::text[]) with ordinality as a (tenant_id, contact_id, position)
    left join lateral (
        select id from inbox_sessions
        where "tenantId" = a.tenant_id and "contactId" = a.contact_id and status in ('assigned', 'unassigned')
        limit 1 -- and so a look-up for each contact, as in find_sessions.sql
    ) s on true
), tenants as (
    select tenant_id from handover.tenants where tenant_id = any ($1::text[]) for no key update skip locked
), sessions as (
    select id from inbox_sessions where id in (select id from asked) for no key update skip locked
)
select position from asked
where id is not null and id not in (select id from sessions)
   or tenant_id not in (select tenant_id from tenants)
