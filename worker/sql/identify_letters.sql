-- Returns the ids and states of letters of matching_letters.sql ($1 to $9), the oldest first. Locks nothing.
select id, state
from (
\ir matching_letters.sql
) matching
order by first_at, seq
