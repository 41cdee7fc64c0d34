-- Returns the letters' ids, and how often each has failed. The same message failing again is the same letter, open
-- again unless it is discarded, or held by another replay than the one it failed under ($14; null under none). Locks
-- the letters until commit, by id; seq keeps the order they were given in.
insert into handover.dead_letters as d (id, queue, exchange, routing_key, properties, body, reason, error,
                                        fingerprint, tenant_id, contact_id, event_id, attempts, replay_id, seq)
select id, queue, exchange, routing_key, properties::jsonb, body, reason, error, fingerprint, tenant_id, contact_id,
       event_id, attempts, replay_id, seq
from (
    select n.*, nextval(pg_get_serial_sequence('handover.dead_letters', 'seq')) as seq
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::uuid[])
      as n (id, queue, exchange, routing_key, properties, body, reason, error, fingerprint, tenant_id, contact_id,
            event_id, attempts, replay_id)
) as n
order by id
on conflict (id) do update
set attempts = d.attempts + excluded.attempts, last_at = now(), reason = excluded.reason,
    error = excluded.error, fingerprint = excluded.fingerprint,
    tenant_id = coalesce(excluded.tenant_id, d.tenant_id), contact_id = coalesce(excluded.contact_id, d.contact_id),
    event_id = coalesce(excluded.event_id, d.event_id), changed_at = now(),
    state = case
        when d.state = 'discarded' then 'discarded'
        when d.state = 'replaying' and d.replay_id is distinct from excluded.replay_id then 'replaying'
        else 'open'
    end
returning id, attempts
