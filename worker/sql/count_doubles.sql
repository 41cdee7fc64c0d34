-- Returns how many contacts have more than one active session. Locks nothing.
select count(*) from (
    select from inbox_sessions
    where status in ('assigned', 'unassigned') and "tenantId" is not null and "contactId" is not null
    group by "tenantId", "contactId"
    having count(*) > 1
) doubles
