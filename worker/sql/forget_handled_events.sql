-- Returns nothing; the command tag counts. Takes a bounded bite, so that no lock is held for long.
delete from handover.handled_events
where ctid = any (array(
    select ctid from handover.handled_events where handled_at < now() - make_interval(days => $1) limit $2
))
