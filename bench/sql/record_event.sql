-- Returns true if the event is new, nothing if it was handled before. Locks the new event until commit.
insert into handover.handled_events (tenant_id, event_id, contact_id) values ($1, $2, $3)
on conflict do nothing
returning true
