-- Returns nothing. The row is locked already; who had it stays on record.
update inbox_sessions set status = 'resolved', "updatedAt" = $2 where id = $1
