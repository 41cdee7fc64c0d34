-- Returns the skills that session $1 was last said to ask for, if ever. Locks nothing.
select skills from handover.assignments where session_id = $1 order by version desc limit 1
