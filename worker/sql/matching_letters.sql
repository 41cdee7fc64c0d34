-- A part of other statements. Returns the letters of ids $1, states $2, reasons $3, tenant $4, contacts $5,
-- fingerprints $6, with text $7 in the error, last failed since $8 and before $9; null: any. Locks nothing.
select *
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
