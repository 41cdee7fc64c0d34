-- Returns those of the contact ids $2 of tenant $1 that anything is known of. Locks nothing.
select c.contact_id
from unnest($2::text[]) as c (contact_id)
where exists (select from inbox_sessions s where s."tenantId" = $1 and s."contactId" = c.contact_id)
   or exists (select from handover.assignments a where a.tenant_id = $1 and a.contact_id = c.contact_id)
   or exists (select from handover.dead_letters d where d.tenant_id = $1 and d.contact_id = c.contact_id)
