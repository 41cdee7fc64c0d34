-- Returns how many sessions wait for each reason, and how long the first has. `released`: it was taken from its agent,
-- and nobody has looked for another yet; `unknown`: another program put it there. Locks nothing.
select coalesce(last.reason, 'unknown') as reason, count(*) as sessions,
       greatest(max(extract(epoch from now() - coalesce(last.asked_at, s."createdAt"))), 0)::float8 as longest_seconds
from inbox_sessions s
left join lateral (
    select case what when 'waiting' then reason when 'released' then what end as reason,
           case when what in ('waiting', 'released') then asked_at end as asked_at
    from handover.assignments where session_id = s.id order by version desc limit 1
) last on true
where s.status = 'unassigned'
group by 1
