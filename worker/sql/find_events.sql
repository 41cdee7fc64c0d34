-- Returns the contact each handled event was for. Locks nothing: a handled event never changes.
select tenant_id, event_id, contact_id
from handover.handled_events
where (tenant_id, event_id) in (select * from unnest($1::text[], $2::text[]))
