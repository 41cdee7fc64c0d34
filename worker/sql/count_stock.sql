-- Returns how many sessions are assigned, how many events wait for the broker's confirmation and how long the oldest
-- has, and how many letters wait for an operator. Locks nothing.
select (select count(*) from inbox_sessions where status = 'assigned') as assigned,
       (select count(*) from handover.outbox) as outbox,
       (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from handover.outbox) as outbox_seconds,
       (select count(*) from handover.dead_letters where state in ('open', 'replaying')) as letters
