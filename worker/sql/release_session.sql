-- Returns nothing. The row is locked already.
update inbox_sessions
set status = 'unassigned', "assignedAgentId" = null, "assignedAt" = null, "acceptedAt" = null, "updatedAt" = $2
where id = $1
