-- Returns nothing. Only what the broker has confirmed may be named here.
delete from handover.outbox where id = any ($1::uuid[])
