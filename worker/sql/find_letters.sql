-- Returns letters without their bodies, of matching_letters.sql ($1 to $9), at most $10; the last to fail first if $11,
-- else the oldest. Locks nothing.
select id, state, reason, error, fingerprint, tenant_id, contact_id, event_id, attempts, first_at, last_at
from (
\ir matching_letters.sql
) matching
order by case when $11 then last_at end desc, first_at, seq
limit $10
