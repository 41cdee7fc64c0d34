-- Returns, for each tenant that has any, how many sessions have not changed for too long to be given out. Locks nothing.
select "tenantId" as tenant_id, count(*) as sessions, min("updatedAt") as oldest
from inbox_sessions
where status = 'unassigned' and "updatedAt" <= now() - $1::interval
group by "tenantId"
order by count(*) desc
limit $2
