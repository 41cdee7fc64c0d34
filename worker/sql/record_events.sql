-- Returns the events that are new, and then a row for each of their tenants, with its last turn, one for each of the
-- events included, and the time now that its row is ours until commit. An event that is missing was handled before.
-- Locks each new event until commit: a rival with the same id waits here, and gets no row once we have committed; and
-- then the tenants, by an upsert, because `select for update` on a tenant that has no row yet locks nothing.
with new as (
    insert into handover.handled_events (tenant_id, event_id, contact_id)
    select tenant_id, event_id, contact_id
    from unnest($1::text[], $2::text[], $3::text[]) as e (tenant_id, event_id, contact_id)
    order by tenant_id, event_id
    on conflict do nothing
    returning tenant_id, event_id
), locked as (
    insert into handover.tenants as t (tenant_id, turn)
    select tenant_id, count(*) from new group by tenant_id order by tenant_id
    on conflict (tenant_id) do update set turn = t.turn + excluded.turn
    returning tenant_id, turn, clock_timestamp() as locked_at
)
select tenant_id, event_id, null::bigint as turn, null::timestamptz as locked_at from new
union all
select tenant_id, null, turn, locked_at from locked
