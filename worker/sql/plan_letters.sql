-- Returns nothing. The rows are new.
insert into handover.replay_letters (replay_id, position, letter_id, recorded_as, outcome, detail, fingerprint,
                                     tenant_id, contact_id, event_id, attempts_before, body, properties, settled_at)
select $1, n.*, case when n.outcome <> 'planned' then now() end
from unnest($2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::int[], $12::bytea[], $13::jsonb[])
  as n (position, letter_id, recorded_as, outcome, detail, fingerprint, tenant_id, contact_id, event_id,
        attempts_before, body, properties)
