-- Returns the agents whose status is what these events say from now on; of several about one agent the newest counts,
-- and of those at one time the last. One that is missing knew of something newer. The rows are locked already. No
-- time is now, and none is later than now: a clock that is ahead must not outdo all that follows. A time in whole
-- seconds may be any time within its second.
with newest as (
    select distinct on (tenant_id, agent_id) tenant_id, agent_id, status, reason, at,
           case when at = date_trunc('second', at) then at + interval '999999 microseconds' else at end as at_latest
    from (
        select tenant_id, agent_id, status, reason, least(coalesce(at, now()), now()) as at, position
        from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
          as e (tenant_id, agent_id, status, reason, at, position)
    ) e
    order by tenant_id, agent_id, at desc, position desc
)
update handover.agents a
set status = n.status, status_reason = n.reason, updated_at = now(), seen_at = greatest(a.seen_at, n.at),
    status_at = greatest(n.at, a.status_at + interval '1 microsecond')
from newest n
where a.tenant_id = n.tenant_id and a.id = n.agent_id
  and (a.status_at is null or n.at > a.status_at or n.at_latest >= a.status_at and n.status <> a.status)
returning a.tenant_id, a.id, a.status, a.status_reason
