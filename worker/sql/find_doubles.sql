-- Returns the first $1 contacts with more than one active session, and of all such contacts how many there are and
-- how many active sessions they have. Locks nothing.
select "tenantId" as tenant_id, "contactId" as contact_id, count(*) as sessions,
       count(*) over () as all_contacts, (sum(count(*)) over ())::bigint as all_sessions
from inbox_sessions
where status in ('assigned', 'unassigned')
group by "tenantId", "contactId"
having count(*) > 1
order by "tenantId", "contactId"
limit $1
