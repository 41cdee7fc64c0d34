-- Returns the first $1 contacts with more than one active session, and of all such contacts how many there are and
-- how many active sessions they have. Without a tenant or a contact sessions are nobody's. Locks nothing.
select "tenantId" as tenant_id, "contactId" as contact_id, count(*) as sessions,
       count(*) over () as all_contacts, (sum(count(*)) over ())::bigint as all_sessions
from inbox_sessions
where status in ('assigned', 'unassigned') and "tenantId" is not null and "contactId" is not null
group by "tenantId", "contactId"
having count(*) > 1
order by "tenantId", "contactId"
limit $1
