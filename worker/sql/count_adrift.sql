-- Returns how many sessions are assigned to no agent, as another program may leave them. Locks nothing.
select count(*) from inbox_sessions where status = 'assigned' and "assignedAgentId" is null
