-- Returns nothing: of the sessions the agents $1 have had for $2 seconds, the oldest is resolved, as the inbox
-- application would do it. Locks its row, passing over rows that others hold.
update inbox_sessions
set status = 'resolved', "updatedAt" = now()
where id in (
    select id from inbox_sessions
    where status = 'assigned' and "assignedAgentId" = any ($1::uuid[])
      and "assignedAt" < now() - make_interval(secs => $2)
    order by "assignedAt" limit 1
    for update skip locked
)
