-- Returns how many sessions wait for each reason, and how long the first has: `unknown` is why those do that another
-- program put there. Locks nothing.
select coalesce(last.reason, 'unknown') as reason, count(*) as sessions,
       greatest(max(extract(epoch from now() - coalesce(last.asked_at, s."createdAt"))), 0)::float8 as longest_seconds
from inbox_sessions s
left join lateral (
    select case when what = 'waiting' then reason end as reason, case when what = 'waiting' then asked_at end as asked_at
    from handover.assignments where session_id = s.id order by version desc limit 1
) last on true
where s.status = 'unassigned'
group by 1
