-- Returns the workers connected to this database, by the names they give, how many connections each has, and since when,
-- as far as this user may know. Locks nothing.
select application_name as name, count(*) as connections, min(backend_start) as since
from pg_stat_activity
where datname = current_database() and application_name like 'handover-worker %'
group by application_name
order by application_name
