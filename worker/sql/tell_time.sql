-- Returns what time it is, by the clock that letters are dated by. Locks nothing.
select clock_timestamp() as now
