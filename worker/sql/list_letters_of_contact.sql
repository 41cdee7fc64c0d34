-- Returns the latest $4 dead letters of contact $2 of tenant $1, the newest first; also those that could not be read
-- but name the tenant and the contact, as $3 or, if it has 7 digits or more, with what people put between them. Of
-- those that could not be read only the latest 1000 of a usual size are looked at. Locks nothing.
select id, reason, error, attempts, event_id, first_at, last_at, true as readable
from handover.dead_letters
where tenant_id = $1 and contact_id = $2
union all
select id, reason, error, attempts, event_id, first_at, last_at, false
from (
    select * from handover.dead_letters where contact_id is null order by last_at desc limit 1000
) unread, encode(case when octet_length(body) < 16384 then body else '' end, 'escape') as content
where position($1 in content) > 0
  and (position($3 in content) > 0
       or ($2 ~ '^[0-9]{7,}$' and position($2 in regexp_replace(content, '[-+ ()./]', '', 'g')) > 0))
order by last_at desc
limit $4
