-- Returns those of the columns $1 that are missing or null in active sessions, and in how many. Locks nothing.
select c.name, count(*) as sessions
from inbox_sessions s
cross join lateral (select to_jsonb(s) as all_of_it) j
cross join unnest($1::text[]) as c (name)
where s.status in ('assigned', 'unassigned') and j.all_of_it ->> c.name is null
group by c.name
