-- Returns letters of matching_letters.sql ($1 to $9) by fingerprint, the largest group first, $10 groups at most, each
-- with the newest letter as an example. Locks nothing.
select fingerprint, reason, (array_agg(error order by last_at desc, seq desc))[1] as error, count(*) as count,
       min(first_at) as first_at, max(last_at) as last_at,
       coalesce(array_agg(distinct tenant_id order by tenant_id) filter (where tenant_id is not null), '{}')
           as tenants,
       (array_agg(id order by last_at desc, seq desc))[1] as example
from (
\ir matching_letters.sql
) matching
group by fingerprint, reason
order by count desc, last_at desc
limit $10
