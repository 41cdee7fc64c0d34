-- Returns how many sessions the agent has open. Locks nothing.
select count(*) from inbox_sessions where "assignedAgentId" = $1 and status = 'assigned'
