-- Returns the letters' ids, and how often each has failed. The same message failing again is the same letter.
insert into handover.dead_letters as d (id, queue, exchange, routing_key, properties, body, reason, error,
                                        fingerprint, tenant_id, contact_id, event_id, attempts)
select id, queue, exchange, routing_key, properties::jsonb, body, reason, error, fingerprint, tenant_id, contact_id,
       event_id, attempts
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[],
                     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[])
  as n (id, queue, exchange, routing_key, properties, body, reason, error, fingerprint, tenant_id, contact_id,
        event_id, attempts)
on conflict (id) do update
set attempts = d.attempts + excluded.attempts, last_at = now(), reason = excluded.reason,
    error = excluded.error, fingerprint = excluded.fingerprint
returning id, attempts
