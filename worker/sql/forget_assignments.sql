-- Returns nothing; the command tag counts. An open session keeps its whole story, and with it its version.
delete from handover.assignments
where ctid = any (array(
    select a.ctid from handover.assignments a
    where a.decided_at < now() - make_interval(days => $1)
      and not exists (
          select from inbox_sessions s where s.id = a.session_id and s.status in ('assigned', 'unassigned')
      )
    limit $2
))
