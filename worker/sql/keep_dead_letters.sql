-- Returns nothing. Letters that are there stay as they are: this failure of theirs is counted already. Locks new
-- ones until commit.
insert into handover.dead_letters (id, queue, exchange, routing_key, properties, body, reason, error, fingerprint,
                                   tenant_id, contact_id, event_id, attempts, replay_id)
select id, queue, exchange, routing_key, properties::jsonb, body, reason, error, fingerprint, tenant_id, contact_id,
       event_id, attempts, replay_id
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::uuid[])
  as n (id, queue, exchange, routing_key, properties, body, reason, error, fingerprint, tenant_id, contact_id,
        event_id, attempts, replay_id)
order by id
on conflict (id) do nothing
