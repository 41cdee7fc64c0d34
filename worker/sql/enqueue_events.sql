-- Returns nothing. The rows belong to this worker until the lease ends; then any sweeper may publish them.
insert into handover.outbox (id, session_id, version, type, routing_key, correlation_id, body, created_at,
                             leased_until)
select *, clock_timestamp() + make_interval(secs => $9)
from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[])
