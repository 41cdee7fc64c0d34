-- As in 0001_inbox.sql: worker.core.adoption does the same to a table that is in use. Others wait until these are built,
-- a second for some million sessions: to make them beside the old ones and swap names would deadlock with who reads
-- the table and then writes to it.
drop index if exists inbox_sessions_waiting, inbox_sessions_waiting_age;

-- Who waits, in the order they are served; the last column tells who is too old for it without a look at the session.
create index inbox_sessions_waiting
    on inbox_sessions ("tenantId", "assignedTeamId", priority desc, "createdAt", "updatedAt")
    where status = 'unassigned';
-- Who waits and is not too old to be given out: what the sweep looks at.
create index inbox_sessions_waiting_age on inbox_sessions ("updatedAt") where status = 'unassigned';
