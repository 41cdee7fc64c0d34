-- Returns letters by fingerprint, the largest group first, each with the newest letter as an example; the filter is
-- that of find_letters. Locks nothing.
select fingerprint, reason, (array_agg(error order by last_at desc, seq desc))[1] as error, count(*) as count,
       min(first_at) as first_at, max(last_at) as last_at,
       coalesce(array_agg(distinct tenant_id order by tenant_id) filter (where tenant_id is not null), '{}')
           as tenants,
       (array_agg(id order by last_at desc, seq desc))[1] as example
from handover.dead_letters
where ($1::uuid[] is null or id = any ($1))
  and ($2::text[] is null or state = any ($2))
  and ($3::text[] is null or reason = any ($3))
  and ($4::text is null or tenant_id = $4)
  and ($5::text[] is null or contact_id = any ($5))
  and ($6::text[] is null or fingerprint = any ($6))
  and ($7::text is null or position(lower($7) in lower(error)) > 0)
  and ($8::timestamptz is null or last_at >= $8)
  and ($9::timestamptz is null or last_at < $9)
group by fingerprint, reason
order by count desc, last_at desc
limit $10
