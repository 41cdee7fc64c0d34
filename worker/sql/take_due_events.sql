-- Returns events whose lease has ended, leased to us now; skips rows a rival is taking.
update handover.outbox set leased_until = now() + make_interval(secs => $2)
where id in (
    select id from handover.outbox
    where leased_until < now() and id <> all ($3::uuid[])
    order by leased_until
    limit $1
    for update skip locked
)
returning id, session_id, version, type, routing_key, correlation_id, body, created_at as time, traceparent
