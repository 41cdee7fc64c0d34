-- Returns how many active sessions of the channels $1 have a contact that is not written in digits alone, the first of these
-- contacts, and how many of them are beside an active session of the same digits in another spelling. Locks nothing.
with active as (
    select "tenantId", "contactId",
           "contactId" ~ '[^0-9]' and lower(trim(coalesce(to_jsonb(s) ->> 'channel', 'whatsapp'))) = any ($1::text[]) as spelt
    from inbox_sessions s where status in ('assigned', 'unassigned')
), told as (
    select "contactId", spelt, min("contactId") over same <> max("contactId") over same as has_twin
    from active
    window same as (partition by "tenantId", case when spelt and "contactId" ~ '[0-9]'
                    then regexp_replace("contactId", '[^0-9]', '', 'g') else "contactId" end)
)
select count(*) as sessions, min("contactId") as example, count(*) filter (where has_twin) as twins
from told where spelt
