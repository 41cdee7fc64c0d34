-- Returns how many letters wait for an operator, of how many causes, and how long the oldest has. Locks nothing.
select count(*) as letters, count(distinct fingerprint) as causes,
       coalesce(extract(epoch from now() - min(first_at)), 0)::float8 as oldest_seconds
from handover.dead_letters
where state in ('open', 'replaying')
