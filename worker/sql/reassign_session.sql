-- Returns nothing. The row is locked already.
update inbox_sessions
set status = 'assigned', "assignedAgentId" = $2, "assignedAt" = $3, "acceptedAt" = null, "updatedAt" = $3
where id = $1
