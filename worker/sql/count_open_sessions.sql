-- Returns how many sessions the agent has open. Locks nothing.
select handover.count_open_sessions($1)
