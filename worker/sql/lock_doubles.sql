-- Returns the active sessions of the contacts, their rows locked until commit such that nobody can make anything refer
-- to them meanwhile.
select s.id, s."tenantId" as tenant_id, s."contactId" as contact_id, s.status::text as status,
       s."createdAt"::timestamptz as created_at
from inbox_sessions s
where (s."tenantId", s."contactId") in (select * from unnest($1::text[], $2::text[]))
  and s.status in ('assigned', 'unassigned')
order by s."tenantId", s."contactId", s.id
for update of s
