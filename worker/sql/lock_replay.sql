-- Returns whether the replay $1 is ours to run: until this connection ends nobody else's. Locks an advisory lock.
select pg_try_advisory_lock(hashtextextended($1::text, 0))
