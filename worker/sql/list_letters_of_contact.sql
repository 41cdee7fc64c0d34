-- Returns the latest $4 dead letters of contact $2 of tenant $1, the newest first; also those that could not be read
-- but name the tenant and the contact, also as $3 and, if it is 7 digits or more, with what people put between. Of
-- those that could not be read only the latest 500 of a usual size are looked at. Locks nothing.
select id, reason, error, state, attempts, event_id, first_at, last_at, true as readable
from handover.dead_letters
where tenant_id = $1 and contact_id = $2
union all
select id, reason, error, state, attempts, event_id, first_at, last_at, false
from (
    select * from handover.dead_letters where contact_id is null order by last_at desc limit 500
) unread, encode(case when octet_length(body) < 8192 then body else '' end, 'escape') as content
where position('"' || $1 || '"' in content) > 0
  and (position('"' || $2 || '"' in content) > 0
       or position('"' || $3 || '"' in content) > 0
       or ($2 ~ '^[0-9]{7,}$' and position($2 in translate(content, '-+ ()./', '')) > 0))
order by last_at desc
limit $4
