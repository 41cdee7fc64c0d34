-- Returns each tenant with sessions that wait, agents or teams: how many sessions wait, how long the first has, how many agents may
-- work, how many of them are online. Locks nothing.
with waiting as (
    select s."tenantId" as tenant_id, count(*) as waiting,
           max(extract(epoch from now() - coalesce(last.asked_at, s."createdAt")))::float8 as longest_seconds
    from inbox_sessions s
    left join lateral (
        select case when what in ('waiting', 'released') then asked_at end as asked_at from handover.assignments
        where session_id = s.id order by version desc limit 1
    ) last on true
    where s.status = 'unassigned'
    group by s."tenantId"
), roster as (
    select tenant_id, count(*) as agents, count(*) filter (where status = 'online') as online
    from handover.agents where active group by tenant_id
), known as (
    select tenant_id from waiting union select tenant_id from roster union select tenant_id from handover.teams where active
)
select tenant_id, coalesce(waiting, 0) as waiting, coalesce(longest_seconds, 0) as longest_seconds,
       coalesce(agents, 0) as agents, coalesce(online, 0) as online
from known left join waiting using (tenant_id) left join roster using (tenant_id)
order by tenant_id
