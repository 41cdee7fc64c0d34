-- Returns nothing. Only what the broker has confirmed may be named here.
delete from handover.outbox where id = $1
