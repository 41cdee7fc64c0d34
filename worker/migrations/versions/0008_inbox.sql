-- As in 0001_inbox.sql: worker.core.adoption does the same to a table that is in use. While these are built, writes to
-- the table wait: a second for some million sessions.

-- Who waits, in the order they are served; the last column tells who is too old for it without a look at the session.
create index inbox_sessions_waits on inbox_sessions ("tenantId", "assignedTeamId", priority desc, "createdAt", "updatedAt")
    where status = 'unassigned';
-- Who waits and is not too old to be given out: what the sweep looks at.
create index inbox_sessions_waits_since on inbox_sessions ("updatedAt") where status = 'unassigned';

-- Last, for now readers wait too.
drop index if exists inbox_sessions_waiting, inbox_sessions_waiting_age;
alter index inbox_sessions_waits rename to inbox_sessions_waiting;
alter index inbox_sessions_waits_since rename to inbox_sessions_waiting_age;
