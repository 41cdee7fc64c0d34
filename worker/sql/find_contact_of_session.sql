-- Returns whose session $1 is, or was. Locks nothing.
select "tenantId" as tenant_id, "contactId" as contact_id from inbox_sessions where id = $1
union
select tenant_id, contact_id from handover.assignments where session_id = $1
limit 1
