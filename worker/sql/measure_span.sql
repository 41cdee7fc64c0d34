-- Returns how many handovers were handled from $1 to $2, and the median and the 95th percentile of the seconds customers
-- waited who got an agent in that time. Locks nothing.
select (
    select count(*) from handover.handled_events where handled_at >= $1 and handled_at < $2
) as handled, waits[1] as p50, waits[2] as p95
from (
    select percentile_cont(array[0.5, 0.95]) within group (
        order by extract(epoch from decided_at - asked_at)::float8
    ) as waits
    from handover.assignments
    where decided_at >= $1 and decided_at < $2 and what = 'assigned' and reason in ('new', 'again', 'queue')
) measured
