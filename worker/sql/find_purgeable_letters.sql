-- Returns the ids of the letters that are in one of the states $1 since before $2, $3 at most. Locks nothing.
select id
from handover.dead_letters
where state = any ($1::text[]) and state <> 'replaying' and greatest(last_at, changed_at) < $2
order by first_at, seq
limit $3
