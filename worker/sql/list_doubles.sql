-- Returns the active sessions of every contact that has more than one; since when, if the table says so. Locks nothing.
select s.id, s."tenantId" as tenant_id, s."contactId" as contact_id, s.status::text as status,
       (to_jsonb(s) ->> 'createdAt')::timestamptz as created_at
from inbox_sessions s
where (s."tenantId", s."contactId") in (
    select "tenantId", "contactId" from inbox_sessions
    where status in ('assigned', 'unassigned') group by 1, 2 having count(*) > 1
)
  and s.status in ('assigned', 'unassigned')
order by s."tenantId", s."contactId", s.id
