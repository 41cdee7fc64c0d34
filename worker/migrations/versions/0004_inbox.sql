-- As in 0001_inbox.sql: worker.core.adoption does the same to a table that is in use.

-- Who waits, in the order they are served.
create index inbox_sessions_waiting on inbox_sessions ("tenantId", "assignedTeamId", priority desc, "createdAt")
    where status = 'unassigned';
-- Who waits and is not too old to be given out: what the sweep looks at.
create index inbox_sessions_waiting_age on inbox_sessions ("createdAt") where status = 'unassigned';
-- Who has not been accepted, longest first.
create index inbox_sessions_unaccepted on inbox_sessions ("tenantId", "assignedAt")
    where status = 'assigned' and "acceptedAt" is null;

-- Whoever frees an agent's place, or puts a session back to wait, by whatever program.
create function handover.tell_of_session() returns trigger language plpgsql as $$
begin
    -- Nothing of schema handover: this runs as whoever writes, and they need no right there.
    perform pg_notify('handover_wake', old."tenantId");
    return null;
end $$;
create trigger tell_of_session after update of status on inbox_sessions
    for each row when (old.status = 'assigned' and new.status <> 'assigned')
    execute function handover.tell_of_session();
create trigger tell_of_deletion after delete on inbox_sessions
    for each row when (old.status = 'assigned')
    execute function handover.tell_of_session();
