-- Returns the letters $1 whole, the oldest first. Locks nothing.
select id, seq, state, queue, exchange, routing_key, properties, body, reason, error, fingerprint, tenant_id,
       contact_id, event_id, attempts, first_at, last_at, changed_at, replay_id, superseded_by
from handover.dead_letters
where id = any ($1::uuid[])
order by first_at, seq
