-- Returns for each agent the median of the seconds they took to accept what was assigned since $1. Locks nothing.
select d.agent_id, percentile_cont(0.5) within group (
    order by extract(epoch from s."acceptedAt" - s."assignedAt")
)::float8 as seconds
from (
    select distinct session_id, agent_id from handover.assignments
    where decided_at >= $1 and what = 'assigned' and agent_id is not null
) d
join inbox_sessions s on s.id = d.session_id and s."assignedAgentId" = d.agent_id
where s."acceptedAt" >= s."assignedAt"
group by d.agent_id
