-- Returns the statuses of sessions that are none of the worker's, and how many have them. Locks nothing.
select status::text as status, count(*) as sessions
from inbox_sessions
where status::text <> all (array['assigned', 'unassigned', 'resolved'])
group by 1
order by 2 desc, 1
