-- Returns nothing: of the positions $2 of the replay $1, those whose event is handled are replayed. Locks the rows.
update handover.replay_letters r
set outcome = 'replayed', settled_at = now()
from handover.handled_events e
where r.replay_id = $1 and r.position = any ($2::int[]) and r.outcome in ('sending', 'sent')
  and e.tenant_id = r.tenant_id and e.event_id = r.event_id and e.contact_id = r.contact_id
