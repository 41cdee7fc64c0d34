-- Returns, for each letter's event (tenant $1, event $2, contact $3, first failed $4, seq $5), whom it was handled
-- for meanwhile, and the newest handover of its contact handled after it had failed. A later decision about an earlier
-- handover is no newer handover, and neither is one that came from a letter as old as this one, as it was or edited.
-- Locks nothing.
select n.number, handled.contact_id as handled_for, handled.handled_at, newer.event_id as newer_event_id,
       newer.decided_at as newer_at
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) with ordinality
  as n (tenant_id, event_id, contact_id, first_at, seq, number)
left join handover.handled_events handled
  on handled.tenant_id = n.tenant_id and handled.event_id = n.event_id
left join lateral (
    select a.event_id, a.decided_at
    from handover.assignments a
    where a.tenant_id = n.tenant_id and a.contact_id = n.contact_id and a.decided_at > n.first_at
      and a.event_id <> n.event_id
      and not exists (
          select from handover.assignments earlier
          where earlier.tenant_id = a.tenant_id and earlier.contact_id = a.contact_id
            and earlier.event_id = a.event_id and earlier.decided_at < a.decided_at
      )
      and not exists (
          select from handover.dead_letters d
          where d.tenant_id = a.tenant_id and d.event_id = a.event_id and (d.first_at, d.seq) <= (n.first_at, n.seq)
      )
      and not exists (
          select from handover.dead_letters d
          where d.superseded_by = a.event_id and (d.first_at, d.seq) <= (n.first_at, n.seq)
      )
    order by a.decided_at desc
    limit 1
) newer on true
order by n.number
