-- Returns how many events wait for the broker's confirmation, and how long the oldest has. Locks nothing.
select count(*) as events, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
from handover.outbox
