-- Returns, for each tenant that has any, how many sessions wait and are not given out any more: they have not changed for
-- $1, or were asked for before that and not accepted by anybody. Locks nothing.
select s."tenantId" as tenant_id, count(*) as sessions, min(s."updatedAt") as oldest
from inbox_sessions s
left join lateral (
    select reason, asked_at from handover.assignments where session_id = s.id order by version desc limit 1
) last on true
where s.status = 'unassigned'
  and (s."updatedAt" <= now() - $1::interval
       or last.reason = 'unanswered' and last.asked_at <= now() - $1::interval)
group by s."tenantId"
order by count(*) desc
limit $2
