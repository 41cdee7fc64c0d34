-- Returns the events that are new; one that is missing was handled before. Locks each new event until commit:
-- a rival with the same id waits here, and gets no row once we have committed.
insert into handover.handled_events (tenant_id, event_id, contact_id)
select tenant_id, event_id, contact_id
from unnest($1::text[], $2::text[], $3::text[]) as e (tenant_id, event_id, contact_id)
order by tenant_id, event_id
on conflict do nothing
returning tenant_id, event_id
