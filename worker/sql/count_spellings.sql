-- Returns how many active sessions of the channels $1 have a contact that is not written in digits alone, and the first
-- of these contacts. Locks nothing.
select count(*) as sessions, min(s."contactId") as example
from inbox_sessions s
where s.status in ('assigned', 'unassigned') and s."contactId" ~ '[^0-9]'
  and lower(trim(coalesce(to_jsonb(s) ->> 'channel', 'whatsapp'))) = any ($1::text[])
